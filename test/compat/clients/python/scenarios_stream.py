# Scenarios of streams: configuration, publishing, limits, stored messages, and what a kill leaves.
import asyncio

from nats.js import api

from observing import (
    Scenarios,
    ack,
    delivery,
    failure,
    fetch,
    header_lists,
    kv_entry,
    outcome,
    plain,
    settle,
    state,
    status,
    text,
)

streams = Scenarios()
restart = Scenarios()


def configuration(info, *names):
    """Fields of a stream's configuration, with durations as the server counts them."""
    values = {name: getattr(info.config, name) for name in names}
    for name in ("max_age", "duplicate_window"):
        if name in values:
            values[name] = round((values[name] or 0) * 1e9)
    return values


@streams.scenario("stream.create")
async def create(t):
    created = await t.js.add_stream(
        name="CREATE",
        description="a stream",
        subjects=["create.a.*", "create.b.>"],
        retention=api.RetentionPolicy.LIMITS,
        storage=api.StorageType.FILE,
        discard=api.DiscardPolicy.NEW,
        max_msgs=1000,
        max_bytes=1_000_000,
        max_age=3600,
        max_msg_size=5000,
        max_msgs_per_subject=10,
        duplicate_window=60,
        max_consumers=5,
        num_replicas=1,
        allow_direct=True,
        allow_rollup_hdrs=True,
        deny_delete=True,
        metadata={"owner": "tests"},
    )
    t.see("created", created)
    info = await t.js.stream_info("CREATE")
    t.see("info", info)
    config = configuration(info, "name", "subjects", "max_msgs", "max_age", "discard", "storage")
    t.see("config", {**config, "owner": info.config.metadata["owner"]})
    t.see("state", state(info))


@streams.scenario("stream.defaults")
async def defaults(t):
    file = await t.js.add_stream(name="DEFAULTS")
    t.see("file", file)
    memory = await t.js.add_stream(name="DEFAULTSMEM", subjects=["mem.>"], storage=api.StorageType.MEMORY, max_age=5)
    t.see("memory", memory)
    t.see(
        "filled in",
        configuration(
            file,
            "subjects",
            "retention",
            "storage",
            "max_msgs",
            "max_bytes",
            "max_age",
            "duplicate_window",
            "num_replicas",
            "discard",
        ),
    )
    t.see("duplicate window follows age", configuration(memory, "duplicate_window")["duplicate_window"])


@streams.scenario("stream.errors")
async def errors(t):
    add = t.js.add_stream
    await add(name="ERRORS", subjects=["errors.>"])
    t.see("same again", (await add(name="ERRORS", subjects=["errors.>"])).config.name)
    t.see("name in use", await failure(add(name="ERRORS", subjects=["else"])))
    t.see("overlap", await failure(add(name="ERRORS2", subjects=["errors.a"])))
    t.see("info of missing", await failure(t.js.stream_info("MISSING")))
    t.see("delete of missing", await failure(t.js.delete_stream("MISSING")))
    t.see("purge of missing", await failure(t.js.purge_stream("MISSING")))
    t.see("replicas", await failure(add(name="ERRORS3", subjects=["e3"], num_replicas=3)))
    t.see("short age", await failure(add(name="ERRORS4", subjects=["e4"], max_age=0.000001)))
    t.see("window over age", await failure(add(name="ERRORS5", subjects=["e5"], max_age=1, duplicate_window=2)))
    t.see("system subjects", await failure(add(name="ERRORS6", subjects=["$JS.API.>"])))
    t.see("subjects overlap inside", await failure(add(name="ERRORS7", subjects=["e7.>", "e7.a"])))


@streams.scenario("stream.update")
async def update(t):
    await t.js.add_stream(name="UPDATE", subjects=["update.a"], max_msgs=100)
    for i in range(10):
        await t.put("update.a", str(i))
    config = api.StreamConfig(
        name="UPDATE", subjects=["update.a", "update.b"], max_msgs=4, description="changed"
    )
    info = await t.js.update_stream(config)
    t.see("updated", info)
    t.see("config", configuration(info, "subjects", "max_msgs", "description"))
    t.see("state", await t.state("UPDATE"))
    t.see("new subject", ack(await t.put("update.b", "x")))
    t.see("storage", await failure(t.js.update_stream(config, storage=api.StorageType.MEMORY)))
    t.see("retention", await failure(t.js.update_stream(config, retention=api.RetentionPolicy.WORK_QUEUE)))
    t.see("missing", await failure(t.js.update_stream(name="MISSING", subjects=["x"], max_msgs=1)))


@streams.scenario("stream.list")
async def listing(t):
    for name in ["LISTC", "LISTA", "LISTB"]:
        await t.js.add_stream(name=name, subjects=[f"{name.lower()}.>"], storage=api.StorageType.MEMORY)
    await t.put("lista.x", "x")
    infos = await t.js.streams_info()
    t.see("names", [info.config.name for info in infos])
    t.see("list", [{"name": info.config.name, "messages": info.state.messages} for info in infos])
    # The client shows the first name that the server gives for a subject.
    t.see("names by subject", [await t.js.find_stream_name_by_subject("listb.x")])
    t.see("find", await t.js.find_stream_name_by_subject("listc.y"))
    account = await t.js.account_info()
    t.see("account", {"streams": account.streams, "consumers": account.consumers})
    t.see("delete", await t.js.delete_stream("LISTB"))
    t.see("names after", [info.config.name for info in await t.js.streams_info()])


@streams.scenario("stream.purge")
async def purge(t):
    await t.js.add_stream(name="PURGE", subjects=["purge.*"])
    for i in range(30):
        await t.put(f"purge.{i % 3}", str(i))

    async def step(name, **options):
        before = (await t.state("PURGE"))["messages"]
        await t.js.purge_stream("PURGE", **options)
        now = await t.state("PURGE")
        t.see(name, {"purged": before - now["messages"], "state": now})

    await step("by subject", subject="purge.0")
    await step("by subject and keep", subject="purge.1", keep=4)
    await step("up to a sequence", seq=12)
    await step("keep", keep=5)
    await step("all")
    t.see("sequence goes on", ack(await t.put("purge.0", "after")))


@streams.scenario("stream.subjects")
async def subjects(t):
    await t.js.add_stream(name="SUBJECTS", subjects=["subjects.>"], storage=api.StorageType.FILE)
    for last in ["a", "b", "a", "c.d", "a"]:
        await t.put(f"subjects.{last}", "x")
    await t.js.delete_msg("SUBJECTS", 3)
    t.see("subjects", (await t.js.stream_info("SUBJECTS", subjects_filter=">")).state.subjects)
    # The client neither asks for deleted sequences nor knows num_subjects.
    whole = await t.api("STREAM.INFO.SUBJECTS", {"deleted_details": True})
    t.see("deleted", whole["state"]["deleted"])
    t.see("num_subjects", whole["state"]["num_subjects"])
    t.see("filtered", (await t.js.stream_info("SUBJECTS", subjects_filter="subjects.*")).state.subjects)


@streams.scenario("stream.retention")
async def retention(t):
    async def acknowledge(consumer, count):
        for message in await fetch(consumer, count):
            await message.ack_sync()

    async def holding(stream, count):
        ask = lambda: t.js.stream_info(stream)
        return state(await settle(ask, lambda info: info.state.messages == count))

    await t.js.add_stream(name="WORK", subjects=["work.*"], retention=api.RetentionPolicy.WORK_QUEUE)
    for i in range(5):
        await t.put("work.a", str(i))
    await acknowledge(await t.consumer("WORK", durable_name="w"), 3)
    t.see("work queue", await holding("WORK", 2))
    t.see("second consumer", await failure(t.add("WORK", durable_name="w2")))
    t.see("no ack", await failure(t.add("WORK", durable_name="w3", ack_policy=api.AckPolicy.NONE)))
    await t.js.add_stream(name="INTEREST", subjects=["interest.*"], retention=api.RetentionPolicy.INTEREST)
    await t.put("interest.a", "nobody")
    t.see("no interest", await t.state("INTEREST"))
    one = await t.consumer("INTEREST", durable_name="i1")
    two = await t.consumer("INTEREST", durable_name="i2")
    await t.put("interest.a", "both")
    await acknowledge(one, 1)
    t.see("one of two", await t.state("INTEREST"))
    await acknowledge(two, 1)
    t.see("both", await holding("INTEREST", 0))


@streams.scenario("account.info")
async def account_info(t):
    await t.js.add_stream(name="ACCOUNT", subjects=["account"], max_bytes=100_000)
    await t.put("account", "x" * 100)
    await t.add("ACCOUNT", durable_name="c")
    info = await t.js.account_info()
    t.see("usage", {name: getattr(info, name) for name in ("memory", "storage", "streams", "consumers")})
    limits = ("max_memory", "max_storage", "max_streams", "max_consumers")
    t.see("limits", {name: getattr(info.limits, name) for name in limits})


@streams.scenario("publish.ack")
async def publish_ack(t):
    await t.js.add_stream(name="ACK", subjects=["ack.>"])
    t.see("first", ack(await t.put("ack.a", "one")))
    t.see("second", ack(await t.put("ack.b")))
    t.see("no stream", await failure(t.put("nostream", "x")))
    t.see("raw", text((await t.nc.request("ack.c", b"raw", timeout=2)).data))


@streams.scenario("publish.dedupe")
async def dedupe(t):
    await t.js.add_stream(name="DEDUPE", subjects=["dedupe.>"])

    async def put(data, msg_id):
        return ack(await t.put("dedupe.a", data, headers={api.Header.MSG_ID: msg_id}))

    t.see("first", await put("x", "id-1"))
    t.see("again", await put("y", "id-1"))
    t.see("other", await put("x", "id-2"))
    raw = await t.nc.request("dedupe.b", b"z", timeout=2, headers={"Nats-Msg-Id": "id-1"})
    t.see("raw", text(raw.data))
    t.see("state", await t.state("DEDUPE"))


@streams.scenario("publish.expect")
async def expect(t):
    await t.js.add_stream(name="EXPECT", subjects=["expect.*"])
    names = {
        "id": "Nats-Msg-Id",
        "last_seq": "Nats-Expected-Last-Sequence",
        "last_subject_seq": "Nats-Expected-Last-Subject-Sequence",
        "last_id": "Nats-Expected-Last-Msg-Id",
    }

    async def put(last, stream=None, **expected):
        headers = {names[name]: str(value) for name, value in expected.items()}
        return ack(await t.js.publish(f"expect.{last}", b"x", stream=stream, headers=headers))

    t.see("first", await put("a", last_seq=0, id="m1"))
    t.see("stream", await put("a", stream="EXPECT"))
    t.see("wrong stream", await failure(put("a", stream="OTHER")))
    t.see("last sequence", await put("b", last_seq=2, id="m3"))
    t.see("wrong last sequence", await failure(put("b", last_seq=7)))
    t.see("last subject sequence", await put("a", last_subject_seq=2))
    t.see("wrong last subject sequence", await failure(put("a", last_subject_seq=2)))
    t.see("new subject", await put("new", last_subject_seq=0, id="m5"))
    t.see("subject exists", await failure(put("a", last_subject_seq=0)))
    t.see("last msg id", await put("a", last_id="m5", id="m6"))
    t.see("wrong last msg id", await failure(put("a", last_id="m1")))
    t.see("state", await t.state("EXPECT"))


@streams.scenario("publish.rollup")
async def rollup(t):
    await t.js.add_stream(name="ROLLUP", subjects=["rollup.*"], allow_rollup_hdrs=True)
    await t.js.add_stream(name="NOROLLUP", subjects=["norollup.*"])
    for i in range(9):
        await t.put(f"rollup.{i % 3}", str(i))
    roll = lambda subject, value: t.put(subject, "rolled", headers={api.Header.ROLLUP: value})
    t.see("subject", ack(await roll("rollup.1", "sub")))
    t.see("after subject", await t.state("ROLLUP"))
    t.see("all", ack(await roll("rollup.2", "all")))
    t.see("after all", await t.state("ROLLUP"))
    t.see("bad value", await failure(roll("rollup.1", "some")))
    t.see("not allowed", await failure(roll("norollup.1", "sub")))


@streams.scenario("limits.messages")
async def limit_messages(t):
    await t.js.add_stream(name="OLD", subjects=["old.*"], max_msgs=3)
    for i in range(5):
        await t.put("old.a", str(i))
    t.see("discard old", await t.state("OLD"))
    await t.js.add_stream(name="NEW", subjects=["new.*"], max_msgs=3, discard=api.DiscardPolicy.NEW)
    for i in range(3):
        await t.put("new.a", str(i))
    t.see("discard new", await failure(t.put("new.a", "3")))
    t.see("state", await t.state("NEW"))


@streams.scenario("limits.bytes")
async def limit_bytes(t):
    await t.js.add_stream(name="BYTES", subjects=["bytes"], max_bytes=1000, max_msg_size=300)
    for i in range(10):
        await t.js.publish("bytes", bytes(100 + i))
    t.see("discard old", await t.state("BYTES"))
    t.see("message too large", await failure(t.js.publish("bytes", bytes(301))))
    await t.js.add_stream(name="BYTESNEW", subjects=["bytesnew"], max_bytes=1000, discard=api.DiscardPolicy.NEW)
    for _ in range(6):
        await t.js.publish("bytesnew", bytes(100))
    t.see("discard new", await failure(t.js.publish("bytesnew", bytes(300))))
    t.see("state", await t.state("BYTESNEW"))


@streams.scenario("limits.age")
async def limit_age(t):
    await t.js.add_stream(name="AGE", subjects=["age"], max_age=2, duplicate_window=0.2)
    for i in range(3):
        await t.put("age", str(i))
    t.see("before", await t.state("AGE"))
    t.see("after", await settle(lambda: t.state("AGE"), lambda now: now["messages"] == 0, 20))


@streams.scenario("limits.per_subject")
async def limit_per_subject(t):
    await t.js.add_stream(name="PER", subjects=["per.*"], max_msgs_per_subject=2)
    for i in range(9):
        await t.put(f"per.{i % 3}", str(i))
    t.see("discard old", await t.state("PER"))
    await t.js.add_stream(
        name="PERNEW",
        subjects=["pernew.*"],
        max_msgs_per_subject=1,
        discard=api.DiscardPolicy.NEW,
        discard_new_per_subject=True,
    )
    await t.put("pernew.a", "x")
    t.see("discard new", await failure(t.put("pernew.a", "y")))
    t.see("other subject", ack(await t.put("pernew.b", "y")))


def stored(message):
    return {"seq": message.seq, **plain(message)}


@streams.scenario("message.get")
async def get(t):
    await t.js.add_stream(name="GET", subjects=["get.*"])
    for i in range(1, 7):
        await t.put(f"get.{i % 2}", f"m{i}", headers={"Number": str(i)})

    async def read(**query):
        message = await t.js.get_msg("GET", **query)
        return {**stored(message), "headers": header_lists(message.headers)}

    t.see("by sequence", await read(seq=2))
    t.see("last by subject", await read(subject="get.1"))
    t.see("last by wildcard", await read(subject="get.*"))
    t.see("missing sequence", await outcome(read(seq=99)))
    t.see("missing subject", await outcome(read(subject="get.none")))


@streams.scenario("message.direct")
async def direct(t):
    await t.js.add_stream(name="DIRECT", subjects=["direct.*"], allow_direct=True)
    for i in range(1, 7):
        await t.put(f"direct.{i % 2}", f"m{i}")

    async def read(**query):
        return stored(await t.js.get_msg("DIRECT", direct=True, **query))

    async def raw(subject="", request=b""):
        return await t.nc.request(f"$JS.API.DIRECT.GET.DIRECT{subject}", request, timeout=2)

    def whole(message):
        return {"data": text(message.data), "headers": header_lists(message.headers)}

    def short(message):
        code, words = status(message)
        return {"code": code, "text": words}

    t.see("by sequence", await read(seq=2))
    t.see("last by subject", await read(subject="direct.1"))
    t.see("next by subject", await read(seq=3, subject="direct.0", next=True))
    t.see("missing", await outcome(read(seq=99)))
    t.see("raw", whole(await raw(request=b'{"seq":3}')))
    t.see("raw last by subject", whole(await raw(".direct.1")))
    t.see("raw missing", short(await raw(request=b'{"seq":99}')))
    t.see("raw empty", short(await raw()))


@streams.scenario("message.direct_batch")
async def direct_batch(t):
    await t.js.add_stream(name="BATCH", subjects=["batch.*"], allow_direct=True)
    for i in range(1, 10):
        await t.put(f"batch.{i % 3}", f"m{i}")

    async def step(name, request):
        values = []
        for message in await t.gather("$JS.API.DIRECT.GET.BATCH", request, lambda code: code != 0):
            headers = header_lists(message.headers)
            headers.pop("Nats-Time-Stamp", None)
            values.append({"status": status(message)[0], **headers, "data": text(message.data)})
        t.see(name, values)

    await step("batch", '{"seq":2,"batch":3}')
    await step("filtered", '{"seq":1,"batch":10,"next_by_subj":"batch.1"}')
    await step("last for", '{"multi_last":["batch.0","batch.2"]}')
    await step("up to", '{"multi_last":["batch.>"],"up_to_seq":5}')
    await step("nothing", '{"multi_last":["none"]}')


@streams.scenario("message.delete")
async def delete(t):
    await t.js.add_stream(name="DELETE", subjects=["delete"])
    for i in range(1, 6):
        await t.put("delete", f"m{i}")
    t.see("erase", await t.js.delete_msg("DELETE", 2))
    # The client always erases.
    t.see("no erase", (await t.api("STREAM.MSG.DELETE.DELETE", {"seq": 5, "no_erase": True}))["success"])
    t.see("again", await failure(t.js.delete_msg("DELETE", 2)))
    t.see("state", await t.state("DELETE"))
    t.see("next sequence", ack(await t.put("delete", "m6")))
    await t.js.delete_msg("DELETE", 1)
    t.see("first moves", await t.state("DELETE"))
    await t.js.add_stream(name="NODELETE", subjects=["nodelete"], deny_delete=True, deny_purge=True)
    await t.put("nodelete", "x")
    t.see("denied delete", await failure(t.js.delete_msg("NODELETE", 1)))
    t.see("denied purge", await failure(t.js.purge_stream("NODELETE")))


@restart.scenario("restart.kill")
async def kill(t):
    reconnected = asyncio.Event()

    async def on_reconnect():
        reconnected.set()

    nc = await t.connect(
        t.options["first"], reconnect_time_wait=0.05, max_reconnect_attempts=-1, reconnected_cb=on_reconnect
    )
    t.js = js = nc.jetstream(timeout=5)
    await js.add_stream(name="KILL", subjects=["kill.*"])
    futures = [
        await js.publish_async(f"kill.{i % 4}", f"m{i}".encode(), headers={"Nats-Msg-Id": f"id-{i}"})
        for i in range(200)
    ]
    t.see("acknowledged", max(pub_ack.seq for pub_ack in await asyncio.wait_for(asyncio.gather(*futures), 5)))
    await js.delete_msg("KILL", 100)
    consumer = await t.consumer("KILL", durable_name="c", ack_wait=60)
    for message in await fetch(consumer, 30):
        await message.ack_sync()
    kv = await js.create_key_value(bucket="kept", history=2, direct=True)
    await kv.put("a", b"one")
    await kv.put("a", b"two")
    # The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
    await asyncio.sleep(0.7)
    await t.ask("kill", "first")
    await t.ask("start", "first")
    await asyncio.wait_for(reconnected.wait(), 10)
    await settle(lambda: outcome(js.stream_info("KILL")), lambda answer: isinstance(answer, api.StreamInfo))
    t.see("state", await t.state("KILL"))
    t.see("progress", await t.progress("KILL", "c"))
    t.see("next message", delivery((await fetch(consumer, 1))[0]))
    t.see("duplicate is known", ack(await t.put("kill.0", "m5", headers={"Nats-Msg-Id": "id-5"})))
    t.see("next sequence", ack(await t.put("kill.0", "new")))
    t.see("deleted stays deleted", await outcome(js.get_msg("KILL", 100)))
    t.see("kv", kv_entry(await (await js.key_value("kept")).get("a")))
    await js.delete_stream("KILL")
    await js.delete_stream("KV_kept")
