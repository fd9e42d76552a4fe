# Scenarios of the core protocol: subjects, queues, requests, limits, authentication, reconnects.
import asyncio

from observing import (
    Scenarios,
    failure,
    flush,
    header_lists,
    outcome,
    pattern,
    plain,
    sha256,
    status,
    take,
    text,
    waiting,
)

core = Scenarios()


@core.scenario("core.publish")
async def publish(t):
    sub = await t.nc.subscribe("core.publish")
    await t.nc.publish("core.publish", b"one")
    await t.nc.publish("core.publish", b"two")
    await t.nc.publish("core.publish")
    await t.nc.publish("core.publish", b"four", reply="core.reply")
    t.see("received", [{**plain(message), "reply": message.reply} for message in await take(sub, 4)])


@core.scenario("core.wildcards")
async def wildcards(t):
    patterns = ["wild.*", "wild.>", "wild.*.c", "*.b.c", "wild.b.*", "wild.*.*.d", "*.*.c.>"]
    subs = {key: await t.nc.subscribe(key) for key in patterns}
    for subject in ["wild.a", "wild.b", "wild.b.c", "wild.a.c", "wild.a.c.d", "other.b.c", "wild", "wild.B"]:
        await t.nc.publish(subject)
    await flush(t.nc)
    t.see("subjects", {key: [message.subject for message in await waiting(sub)] for key, sub in subs.items()})


@core.scenario("core.queue")
async def queue(t):
    groups = {"one": 3, "two": 2, "plain": 1}
    subs = {}
    for group, members in groups.items():
        name = "" if group == "plain" else group
        subs[group] = [await t.nc.subscribe("queue.*", queue=name) for _ in range(members)]
    for i in range(300):
        await t.nc.publish(f"queue.{i % 7}", b"x")
    await flush(t.nc)
    t.see("totals", {group: sum(sub.pending_msgs for sub in members) for group, members in subs.items()})
    t.see("every member served", all(sub.pending_msgs > 0 for sub in subs["one"] + subs["two"]))


@core.scenario("core.request")
async def request(t):
    async def echo(message):
        await t.nc.publish(message.reply, b"pong:" + message.data, headers={"Answer": "yes"})

    await t.nc.subscribe("request.echo", cb=echo)
    await t.nc.subscribe("request.silent")
    reply = await t.nc.request("request.echo", b"ping", timeout=2)
    t.see("reply", {"data": text(reply.data), "headers": header_lists(reply.headers)})
    t.see("silence", await failure(t.nc.request("request.silent", b"ping", timeout=0.2)))


@core.scenario("core.no_responders")
async def no_responders(t):
    t.see("nobody", await failure(t.nc.request("request.nobody", b"ping", timeout=2)))
    message = (await t.gather("request.nobody", "ping", lambda code: code != 0))[0]
    code, words = status(message)
    t.see("status", {"code": code, "text": words, "data": text(message.data)})


@core.scenario("core.auto_unsubscribe")
async def auto_unsubscribe(t):
    three, every, late = [await t.nc.subscribe("auto") for _ in range(3)]
    await three.unsubscribe(limit=3)
    for _ in range(2):
        await t.nc.publish("auto", b"x")
    await flush(t.nc)
    await late.unsubscribe(limit=4)
    for _ in range(5):
        await t.nc.publish("auto", b"x")
    await flush(t.nc)
    t.see("counts", {"three": three.pending_msgs, "plain": every.pending_msgs, "late": late.pending_msgs})


@core.scenario("core.drain")
async def drain(t):
    nc = await t.connect()
    handled = []
    last = []

    async def count(message):
        (handled if message.subject == "drain.sub" else last).append(message)

    sub = await nc.subscribe("drain.sub", cb=count)
    for _ in range(50):
        await nc.publish("drain.sub", b"x")
    await flush(nc)
    await sub.drain()
    await nc.publish("drain.sub", b"late")
    await flush(nc)
    t.see("subscription", {"handled": len(handled)})
    await nc.subscribe("drain.all", cb=count)
    await flush(nc)
    for _ in range(50):
        await nc.publish("drain.all", b"x")
    await flush(nc)
    await nc.drain()
    t.see("connection", {"handled": len(last), "closed": nc.is_closed})


@core.scenario("core.no_echo")
async def no_echo(t):
    deaf = await t.connect(no_echo=True)
    own = await deaf.subscribe("echo.x")
    other = await t.nc.subscribe("echo.x")
    await flush(deaf)
    await flush(t.nc)
    await deaf.publish("echo.x", b"mine")
    await flush(deaf)
    await t.nc.publish("echo.x", b"yours")
    await flush(t.nc)
    await flush(deaf)
    t.see("no echo", [text(message.data) for message in await waiting(own)])
    t.see("echo", [text(message.data) for message in await waiting(other)])


@core.scenario("core.max_payload")
async def max_payload(t):
    limit = t.nc.max_payload
    t.see("max_payload", limit)
    sub = await t.nc.subscribe("big")
    data = pattern(limit)
    await t.nc.publish("big", data)
    # The header block 'NATS/1.0\r\nSize: all\r\n\r\n' counts as payload.
    await t.nc.publish("big", data[: limit - 23], headers={"Size": "all"})
    messages = await take(sub, 2)
    t.see("received", [{"bytes": len(message.data), "sha256": sha256(message.data)} for message in messages])


@core.scenario("core.over_max_payload")
async def over_max_payload(t):
    t.see("over", await failure(t.nc.publish("big", bytes(t.nc.max_payload + 1))))
    await flush(t.nc)
    t.see("still connected", t.nc.is_connected)


@core.scenario("core.invalid_subject")
async def invalid_subject(t):
    outcomes = {}
    for subject in ["", "a b", "a..b", ".a", "a."]:
        for verb in ["publish", "subscribe"]:
            nc = await t.connect(allow_reconnect=False)

            async def work():
                await getattr(nc, verb)(subject)
                await flush(nc)

            outcomes[f"{verb} '{subject}'"] = await outcome(work())
            await nc.close()
    t.see("outcomes", outcomes)


@core.scenario("core.burst")
async def burst(t):
    receiver = await t.connect()
    sub = await receiver.subscribe("burst.>")
    await flush(receiver)
    for i in range(5000):
        await t.nc.publish(f"burst.{i % 10}", str(i).encode())
    await flush(t.nc)
    messages = await take(sub, 5000)
    t.see("count", len(messages))
    t.see("in order", [text(message.data) for message in messages] == [str(i) for i in range(5000)])


@core.scenario("core.request_many")
async def request_many(t):
    def responder(name):
        async def respond(message):
            await t.nc.publish(message.reply, f"{name}1".encode())
            await t.nc.publish(message.reply, f"{name}2".encode())

        return respond

    for name in "abc":
        await t.nc.subscribe("many", cb=responder(name))
    inbox = t.nc.new_inbox()
    sub = await t.nc.subscribe(inbox)
    await t.nc.publish("many", reply=inbox)
    t.see("replies", sorted(text(message.data) for message in await take(sub, 6)))


@core.scenario("core.rtt")
async def rtt(t):
    await flush(t.nc)
    t.see("answered", 0 <= await t.nc.rtt(timeout=5) < 5)


@core.scenario("core.info")
async def info(t):
    version = t.nc.connected_server_version
    t.see(
        "info",
        {
            "version": [version.major, version.minor, version.patch, version.prerelease],
            "max_payload": t.nc.max_payload,
            "client_id": t.nc.client_id,
            "client_ip": t.nc.client_ip,
        },
    )


@core.scenario("core.reconnect")
async def reconnect(t):
    first, second = t.options["first"], t.options["second"]
    reconnected = asyncio.Event()

    async def on_reconnect():
        reconnected.set()

    nc = await t.connect(
        [first, second],
        dont_randomize=True,
        reconnect_time_wait=0.05,
        reconnected_cb=on_reconnect,
    )
    t.see("connected to the first", nc.connected_url.geturl() == first)
    sub = await nc.subscribe("reconnect.>")
    await flush(nc)
    await t.ask("kill", "first")
    await asyncio.wait_for(reconnected.wait(), 10)
    t.see("connected to the second", nc.connected_url.geturl() == second)
    await nc.publish("reconnect.after", b"hello")
    t.see("subscription lives", [plain(message) for message in await take(sub, 1)])
    await nc.close()
    await t.ask("start", "first")


async def try_login(t, servers, **credentials):
    """Connects, flushes and says how it went."""

    async def work():
        nc = await t.connect(servers, allow_reconnect=False, **credentials)
        await flush(nc)

    return await outcome(work())


@core.scenario("auth.token")
async def auth_token(t):
    url = t.options["token-url"]
    t.see("right token", await try_login(t, url, token=t.options["token"]))
    t.see("wrong token", await try_login(t, url, token="wrong"))
    t.see("no token", await try_login(t, url))
    t.see("user instead", await try_login(t, url, user="someone", password="x"))


@core.scenario("auth.user")
async def auth_user(t):
    url, user, password = t.options["user-url"], t.options["user"], t.options["password"]
    t.see("right password", await try_login(t, url, user=user, password=password))
    t.see("wrong password", await try_login(t, url, user=user, password="wrong"))
    t.see("unknown user", await try_login(t, url, user="nobody", password=password))
    t.see("no credentials", await try_login(t, url))
