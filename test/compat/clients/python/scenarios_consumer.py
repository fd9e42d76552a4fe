# Scenarios of consumers: configuration, pull and push, acknowledgements, what is delivered and when.
import asyncio
import datetime
import json
import time

from nats.js import api

from observing import (
    Scenarios,
    delivery,
    failure,
    fetch,
    flush,
    header_lists,
    next_of,
    progress,
    settle,
    status,
    stream_seq,
    take,
    text,
)

consumers = Scenarios()

NONE = api.AckPolicy.NONE
MEMORY = api.StorageType.MEMORY


def data_of(messages):
    return [text(message.data) for message in messages]


def in_order(sequences):
    return sequences == list(range(1, len(sequences) + 1))


async def acknowledge(*messages):
    for message in messages:
        await message.ack_sync()


async def settled(t, stream, consumer):
    """The progress once nothing waits for an acknowledgement."""
    ask = lambda: t.js.consumer_info(stream, consumer)
    return progress(await settle(ask, lambda info: info.num_ack_pending == 0))


@consumers.scenario("consumer.create")
async def create(t):
    await t.fill("CREATE", 4)
    # The limits of pull requests (max_batch, max_expires, max_bytes) are not in this client's configuration.
    full = await t.add(
        "CREATE",
        durable_name="full",
        description="a consumer",
        ack_wait=5,
        deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=2,
        filter_subject="create.0",
        max_ack_pending=50,
        max_deliver=4,
        max_waiting=10,
        inactive_threshold=600,
        replay_policy=api.ReplayPolicy.INSTANT,
        sample_freq="50%",
        headers_only=False,
        metadata={"owner": "tests"},
    )
    t.see("full", full)
    t.see("progress", progress(full))
    t.see("defaults", await t.add("CREATE", durable_name="plain"))
    t.see("backoff", await t.add("CREATE", durable_name="backoff", max_deliver=4, backoff=[1, 2, 5]))
    push = {"durable_name": "push", "ack_policy": NONE, "deliver_subject": "create-deliver"}
    t.see("push", await t.add("CREATE", **push, flow_control=True, idle_heartbeat=1))
    queue = {"name": "push-queue", "durable_name": "push-queue", "deliver_subject": "create-queue"}
    t.see("push queue", await t.add("CREATE", **queue, deliver_group="workers", rate_limit_bps=1_000_000))


@consumers.scenario("consumer.errors")
async def errors(t):
    await t.fill("CERRORS", 1)
    await t.add("CERRORS", durable_name="here")

    async def refused(step, name, **config):
        t.see(step, await failure(t.add("CERRORS", durable_name=name, **config)))

    t.see("stream missing", await failure(t.add("MISSING", durable_name="x")))
    t.see("info of missing", await failure(t.js.consumer_info("CERRORS", "missing")))
    t.see("delete of missing", await failure(t.js.delete_consumer("CERRORS", "missing")))
    await refused("filter outside", "c1", filter_subject="elsewhere")
    await refused("overlapping filters", "c2", filter_subjects=["cerrors.>", "cerrors.a"])
    await refused("both filters", "c3", filter_subject="cerrors.a", filter_subjects=["cerrors.b"])
    await refused("backoff over max deliver", "c4", max_deliver=1, backoff=[1, 2])
    await refused("start without policy", "c5", opt_start_seq=3)
    await refused("wildcard deliver subject", "c6", deliver_subject="x.*")
    await refused("small heartbeat", "c7", deliver_subject="x", idle_heartbeat=0.000001)
    await refused("flow control without heartbeat", "c8", deliver_subject="x", flow_control=True)
    await refused("cycle", "c9", deliver_subject="cerrors.x")
    await refused("pull with heartbeat", "c10", idle_heartbeat=1)
    policy = api.DeliverPolicy.LAST_PER_SUBJECT
    await refused("last per subject without filter", "c11", deliver_policy=policy)
    await refused("too many replicas", "c12", num_replicas=3)
    # The client creates or updates; creation alone has to be asked for by hand.
    config = {"durable_name": "here", "ack_policy": "explicit", "deliver_policy": "new"}
    request = {"stream_name": "CERRORS", "config": config, "action": "create"}
    t.see("exists with other config", await failure(t.api("CONSUMER.CREATE.CERRORS.here", request)))


@consumers.scenario("consumer.list")
async def listing(t):
    names = lambda infos: [info.name for info in infos]
    await t.fill("CLIST", 1)
    for name in ["zebra", "ant", "mole"]:
        await t.add("CLIST", durable_name=name)
    t.see("list", names(await t.js.consumers_info("CLIST")))
    t.see("consumer count", (await t.js.stream_info("CLIST")).state.consumer_count)
    t.see("delete", await t.js.delete_consumer("CLIST", "mole"))
    t.see("list after", names(await t.js.consumers_info("CLIST")))
    t.see("info", await t.progress("CLIST", "ant"))


@consumers.scenario("consumer.update")
async def update(t):
    await t.fill("CUPDATE", 6)
    config = (await t.add("CUPDATE", durable_name="c")).config
    changed = {"description": "changed", "ack_wait": 7, "max_ack_pending": 9, "max_deliver": 3}
    info = await t.js.add_consumer("CUPDATE", config, **changed, filter_subject="cupdate.0", headers_only=True)
    t.see("updated", info)
    t.see("pending follows filter", info.num_pending)
    change = lambda **other: failure(t.js.add_consumer("CUPDATE", info.config, **other))
    t.see("deliver policy", await change(deliver_policy=api.DeliverPolicy.NEW))
    t.see("ack policy", await change(ack_policy=NONE))
    t.see("to push", await change(deliver_subject="x"))
    t.see("max waiting", await change(max_waiting=7))
    t.see("still the same", await t.js.consumer_info("CUPDATE", "c"))


@consumers.scenario("consumer.ack_explicit")
async def ack_explicit(t):
    await t.fill("EXPLICIT", 10)
    c = await t.consumer("EXPLICIT", durable_name="c", ack_wait=30)
    messages = await fetch(c, 5)
    t.see("messages", [delivery(message) for message in messages])
    await acknowledge(messages[0], messages[1], messages[3])
    t.see("after 1, 2 and 4", await t.progress("EXPLICIT", "c"))
    await acknowledge(messages[2], messages[4])
    t.see("after all five", await t.progress("EXPLICIT", "c"))
    t.see("the rest", [delivery(message) for message in await fetch(c, 5)])


@consumers.scenario("consumer.ack_all")
async def ack_all(t):
    await t.fill("ALL", 10)
    c = await t.consumer("ALL", durable_name="c", ack_policy=api.AckPolicy.ALL)
    await acknowledge((await fetch(c, 7))[4])
    t.see("after the fifth", await t.progress("ALL", "c"))


@consumers.scenario("consumer.ack_none")
async def ack_none(t):
    await t.fill("NONE", 6)
    c = await t.consumer("NONE", durable_name="c", ack_policy=NONE)
    t.see("messages", [delivery(message) for message in await fetch(c, 4)])
    t.see("progress", await t.progress("NONE", "c"))


@consumers.scenario("consumer.fetch")
async def fetching(t):
    await t.fill("FETCH", 12)
    c = await t.consumer("FETCH", durable_name="c")
    t.see("batch", data_of(await fetch(c, 4)))
    t.see("next", text((await next_of(c, 1)).data))
    t.see("more than there is", data_of(await fetch(c, 50, 1)))
    started = time.monotonic()
    t.see("nothing left", await next_of(c, 1))
    t.see("waited", time.monotonic() - started > 0.9)


def lengths(items):
    """The length in the place of each payload."""
    return [len(item) if isinstance(item, str) else item for item in items]


@consumers.scenario("consumer.fetch_bytes")
async def fetch_bytes(t):
    await t.js.add_stream(name="FBYTES", subjects=["fbytes"])
    for _ in range(6):
        await t.put("fbytes", "x" * 200)
    await t.add("FBYTES", durable_name="c")
    ask = lambda request: t.pull("FBYTES", "c", request)
    t.see("some fit", lengths(await ask({"batch": 10, "max_bytes": 700, "expires": 1_000_000_000})))
    t.see("progress", await t.progress("FBYTES", "c"))
    t.see("the rest", lengths(await ask({"batch": 10, "max_bytes": 100_000, "expires": 200_000_000})))


@consumers.scenario("consumer.pull_statuses")
async def pull_statuses(t):
    await t.fill("STATUS", 3)
    # This client's configuration has no limits of pull requests.
    config = {"durable_name": "c", "ack_policy": "explicit", "max_batch": 20, "max_bytes": 5000}
    config |= {"max_expires": 2_000_000_000, "max_waiting": 2}
    await t.api("CONSUMER.CREATE.STATUS.c", {"stream_name": "STATUS", "config": config})
    await t.add("STATUS", durable_name="p", ack_policy=NONE, deliver_subject="status-deliver")

    async def ask(step, request, consumer="c"):
        t.see(step, await t.pull("STATUS", consumer, request))

    await ask("no wait, partly", {"batch": 5, "no_wait": True})
    await ask("no wait, nothing", {"batch": 5, "no_wait": True})
    await ask("expires", {"batch": 2, "expires": 150_000_000})
    await ask("heartbeats", {"batch": 2, "expires": 500_000_000, "idle_heartbeat": 200_000_000})
    await ask("heartbeat too large", {"batch": 2, "expires": 500_000_000, "idle_heartbeat": 400_000_000})
    await ask("batch too large", {"batch": 21, "no_wait": True})
    await ask("expires too long", {"batch": 1, "expires": 3_000_000_000})
    await ask("too many bytes", {"batch": 1, "max_bytes": 6000, "no_wait": True})
    await ask("bad json", '{"batch":')
    await ask("push consumer", {"batch": 1}, "p")
    await ask("missing consumer", {"batch": 1}, "missing")
    await ask("number", "3", "missing")
    await t.put("status.0", "y" * 500)
    await ask("message over max_bytes", {"batch": 1, "max_bytes": 100, "expires": 500_000_000})
    fits = await t.pull("STATUS", "c", {"batch": 1, "max_bytes": 600, "expires": 1_000_000_000})
    t.see("then delivered", lengths(fits))
    gone = asyncio.create_task(t.pull("STATUS", "c", {"batch": 1, "expires": 2_000_000_000}))
    await settle(lambda: t.js.consumer_info("STATUS", "c"), lambda info: info.num_waiting == 1)
    await t.js.delete_consumer("STATUS", "c")
    t.see("consumer deleted", await gone)


@consumers.scenario("consumer.consume")
async def consume(t):
    await t.fill("CONSUME", 300, storage=MEMORY)
    c = await t.consumer("CONSUME", durable_name="c")
    seen = []
    # Continuous consumption is a loop of fetches in this client.
    while len(seen) < 300:
        for message in await c.fetch(50, timeout=2):
            seen.append(stream_seq(message))
            await message.ack()
    t.see("count", len(seen))
    t.see("in order", in_order(seen))
    t.see("progress", await settled(t, "CONSUME", "c"))


@consumers.scenario("consumer.ordered")
async def ordered(t):
    await t.fill("ORDERED", 200, storage=MEMORY)
    every = await t.js.subscribe("ordered.>", ordered_consumer=True)
    t.see("in order", in_order([stream_seq(message) for message in await take(every, 200)]))
    await every.unsubscribe()
    start = api.ConsumerConfig(deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=150)
    some = await t.js.subscribe("ordered.1", ordered_consumer=True, config=start)
    t.see("from a sequence, filtered", [stream_seq(message) for message in await take(some, 5)])
    await some.unsubscribe()


@consumers.scenario("consumer.push")
async def push(t):
    await t.fill("PUSH", 5)
    sub = await t.nc.subscribe("push-deliver")
    await t.add("PUSH", durable_name="c", deliver_subject="push-deliver")
    messages = await take(sub, 5)
    t.see("messages", data_of(messages))
    t.see("reply", ".".join(messages[0].reply.split(".")[:7]))
    for message in messages:
        await t.nc.request(message.reply, b"+ACK", timeout=2)
    t.see("progress", await t.progress("PUSH", "c"))
    await t.put("push.0", "live")
    t.see("live", data_of(await take(sub, 1)))


@consumers.scenario("consumer.push_client")
async def push_client(t):
    await t.fill("PCLIENT", 100)
    config = {"durable_name": "c", "deliver_subject": "pclient-deliver", "idle_heartbeat": 1, "flow_control": True}
    info = await t.add("PCLIENT", **config)
    sub = await t.js.subscribe_bind("PCLIENT", info.config, "c")
    messages = await take(sub, 100)
    for message in messages:
        await message.ack()
    t.see("in order", in_order([stream_seq(message) for message in messages]))
    t.see("progress", await settled(t, "PCLIENT", "c"))
    await sub.unsubscribe()


@consumers.scenario("consumer.push_queue")
async def push_queue(t):
    await t.fill("PQUEUE", 60, storage=MEMORY)
    counts = [0, 0, 0]
    seen = set()

    def member(index):
        async def handle(message):
            counts[index] += 1
            seen.add(text(message.data))
            await t.nc.publish(message.reply, b"+ACK")

        return handle

    for index in range(3):
        await t.nc.subscribe("pqueue-deliver", queue="workers", cb=member(index))
    await flush(t.nc)
    await t.add("PQUEUE", durable_name="c", deliver_subject="pqueue-deliver", deliver_group="workers")
    ask = lambda: t.js.consumer_info("PQUEUE", "c")
    t.see("progress", progress(await settle(ask, lambda info: info.ack_floor.stream_seq == 60)))
    t.see("once each", {"messages": len(seen), "deliveries": sum(counts)})
    t.see("every member served", min(counts) > 0)


@consumers.scenario("consumer.push_heartbeat")
async def push_heartbeat(t):
    await t.fill("PBEAT", 2)
    sub = await t.nc.subscribe("pbeat-deliver")
    config = {"durable_name": "c", "ack_policy": NONE, "deliver_subject": "pbeat-deliver"}
    await t.add("PBEAT", **config, idle_heartbeat=0.15, flow_control=True)
    values = []
    for message in await take(sub, 4):
        code, words = status(message)
        values.append({"data": text(message.data), "code": code, "text": words, "headers": header_lists(message.headers)})
    t.see("messages, then heartbeats", values)


@consumers.scenario("consumer.flow_control")
async def flow_control(t):
    await t.js.add_stream(name="FLOW", subjects=["flow"], storage=MEMORY)
    for _ in range(100):
        await t.js.publish("flow", bytes(32_000))
    sub = await t.nc.subscribe("flow-deliver")
    config = {"durable_name": "c", "ack_policy": NONE, "deliver_subject": "flow-deliver"}
    await t.add("FLOW", **config, idle_heartbeat=1, flow_control=True)
    messages = requests = other = 0
    while messages < 100:
        message = await sub.next_msg(timeout=5)
        code, words = status(message)
        if code == 0:
            messages += 1
        elif words == "FlowControl Request":
            requests += 1
            await t.nc.publish(message.reply)
        elif not words.startswith("Idle"):
            other += 1
    t.see("messages", messages)
    t.see("asked at least once", requests > 0)
    t.see("anything else", other)


@consumers.scenario("consumer.nak")
async def nak(t):
    await t.fill("NAK", 1)
    c = await t.consumer("NAK", durable_name="c")
    await (await next_of(c, 2)).nak()
    second = await next_of(c, 2)
    t.see("at once", delivery(second))
    started = time.monotonic()
    await second.nak(delay=0.3)
    third = await next_of(c, 2)
    t.see("delayed", {**delivery(third), "waited": time.monotonic() - started > 0.25})
    await acknowledge(third)
    t.see("progress", await t.progress("NAK", "c"))


@consumers.scenario("consumer.term")
async def term(t):
    await t.fill("TERM", 2)
    advisories = await t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TERM.c")
    c = await t.consumer("TERM", durable_name="c", ack_wait=0.3)
    first, second = await fetch(c, 2)
    # The client terminates without a reason.
    await t.nc.publish(first.reply, b"+TERM bad data")
    await acknowledge(second)
    t.see("progress", await settled(t, "TERM", "c"))
    t.see("never again", await next_of(c, 1))
    t.see("advisory", json.loads((await take(advisories, 1))[0].data))


@consumers.scenario("consumer.in_progress")
async def in_progress(t):
    await t.fill("WORKING", 1)
    c = await t.consumer("WORKING", durable_name="c", ack_wait=0.6)
    message = await next_of(c, 2)

    async def report():
        while True:
            await asyncio.sleep(0.15)
            await message.in_progress()

    reporting = asyncio.create_task(report())
    t.see("not redelivered while working", await next_of(c, 1.2))
    reporting.cancel()
    again = await next_of(c, 2)
    t.see("redelivered after", delivery(again))
    await acknowledge(again)


@consumers.scenario("consumer.ack_wait")
async def ack_wait(t):
    await t.fill("AWAIT", 1)
    advisories = await t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.AWAIT.c")
    c = await t.consumer("AWAIT", durable_name="c", ack_wait=0.25, max_deliver=3)
    t.see("deliveries", [(await next_of(c, 2)).metadata.num_delivered for _ in range(3)])
    t.see("no fourth", await next_of(c, 1))
    t.see("advisory", json.loads((await take(advisories, 1))[0].data))
    t.see("progress", await t.progress("AWAIT", "c"))


async def backoff_waits(t, name):
    # Since the start: a busy machine may make a delivery late, never early.
    start = time.monotonic()
    c = await t.consumer("BACKOFF", durable_name=name, max_deliver=4, backoff=[0.15, 0.3, 0.6])
    since = []
    for _ in range(4):
        (await next_of(c, 10)).metadata
        since.append((time.monotonic() - start) * 1000)
    return [since[1] > 130, since[2] > 420, 1000 < since[3] < 10_000]


@consumers.scenario("consumer.backoff")
async def backoff(t):
    await t.fill("BACKOFF", 1)
    # A busy machine can hold up one measurement, hardly three.
    for name in ["c1", "c2", "c3"]:
        waits = await backoff_waits(t, name)
        if all(waits):
            break
    t.see("waits", waits)


@consumers.scenario("consumer.deliver_policies")
async def deliver_policies(t):
    await t.fill("POLICY", 6)
    start = (await t.js.get_msg("POLICY", 6)).time + datetime.timedelta(milliseconds=1)

    async def now():
        return datetime.datetime.now(datetime.timezone.utc)

    await settle(now, lambda moment: moment > start)
    for i in range(7, 10):
        await t.put(f"policy.{i % 3}", f"m{i}")

    async def read(name, **config):
        c = await t.consumer("POLICY", durable_name=name, ack_policy=NONE, **config)
        pending = (await c.consumer_info()).num_pending
        t.see(name, [stream_seq(message) for message in await fetch(c, pending)])

    policy = api.DeliverPolicy
    await read("all", deliver_policy=policy.ALL)
    await read("last", deliver_policy=policy.LAST)
    await read("by_start_sequence", deliver_policy=policy.BY_START_SEQUENCE, opt_start_seq=4)
    await read("by_start_time", deliver_policy=policy.BY_START_TIME, opt_start_time=start)
    await read("last_per_subject", deliver_policy=policy.LAST_PER_SUBJECT, filter_subject="policy.>")
    await read("last_filtered", deliver_policy=policy.LAST, filter_subject="policy.1")
    fresh = await t.consumer("POLICY", durable_name="new", ack_policy=NONE, deliver_policy=policy.NEW)
    await t.put("policy.0", "m10")
    t.see("new", [stream_seq(message) for message in await fetch(fresh, 1)])


@consumers.scenario("consumer.filters")
async def filters(t):
    await t.fill("FILTER", 9)

    async def read(name, count, **config):
        messages = await fetch(await t.consumer("FILTER", durable_name=name, **config), count)
        values = [delivery(message) for message in messages]
        t.see(name, {"messages": values, "progress": await t.progress("FILTER", name)})

    await read("single", 3, filter_subject="filter.1")
    await read("wildcard", 9, filter_subject="filter.*")
    await read("several", 4, filter_subjects=["filter.0", "filter.2"])


@consumers.scenario("consumer.headers_only")
async def headers_only(t):
    await t.js.add_stream(name="HONLY", subjects=["honly"])
    await t.put("honly", "payload", headers={"Kept": "yes"})
    await t.put("honly", "no headers")
    c = await t.consumer("HONLY", durable_name="c", ack_policy=NONE, headers_only=True)
    values = [{"data": text(message.data), "headers": header_lists(message.headers)} for message in await fetch(c, 2)]
    t.see("messages", values)


@consumers.scenario("consumer.ephemeral")
async def ephemeral(t):
    await t.fill("EPHEMERAL", 3)
    info = await t.add("EPHEMERAL", inactive_threshold=0.5)
    t.see("has a name", info.name != "")
    t.see("is not durable", info.config.durable_name or "")
    messages = await fetch(await t.js.pull_subscribe_bind(info.name, "EPHEMERAL"), 3)
    t.see("messages", [stream_seq(message) for message in messages])
    await acknowledge(*messages)

    async def count():
        return len(await t.js.consumers_info("EPHEMERAL"))

    t.see("there", await count())
    t.see("gone", await settle(count, lambda now: now == 0, 6))


@consumers.scenario("consumer.max_ack_pending")
async def max_ack_pending(t):
    await t.fill("MAP", 6)
    c = await t.consumer("MAP", durable_name="c", max_ack_pending=2)
    messages = await fetch(c, 5, 1)
    t.see("stops at two", [stream_seq(message) for message in messages])
    await acknowledge(*messages)
    t.see("goes on", [stream_seq(message) for message in await fetch(c, 2)])


@consumers.scenario("consumer.replay_original")
async def replay_original(t):
    await t.js.add_stream(name="REPLAY", subjects=["replay"])
    await t.put("replay", "a")
    # The gap that the consumer is to keep.
    await asyncio.sleep(0.4)
    await t.put("replay", "b")
    sub = await t.nc.subscribe("replay-deliver")
    config = {"durable_name": "c", "ack_policy": NONE, "deliver_subject": "replay-deliver"}
    started = time.monotonic()
    await t.add("REPLAY", **config, replay_policy=api.ReplayPolicy.ORIGINAL)
    await take(sub, 2)
    t.see("keeps the gap", 0.25 < time.monotonic() - started < 2)
