# Scenarios of what clients build on streams and requests: key-value and object stores, services.
import json

import nats.micro
from nats.js import api

from observing import Scenarios, failure, flush, header_lists, kv_entry, outcome, pattern, sha256, text

views = Scenarios()


async def bucket(t, name, history, **config):
    return await t.js.create_key_value(bucket=name, history=history, direct=True, **config)


async def entry_of(work):
    """An entry, or in words why there is none."""
    entry = await outcome(work)
    return entry if isinstance(entry, str) else kv_entry(entry)


@views.scenario("kv.basic")
async def kv_basic(t):
    kv = await bucket(t, "basic", 5, description="a bucket")
    t.see("put", await kv.put("a.b", b"one"))
    t.see("get", await entry_of(kv.get("a.b")))
    t.see("put again", await kv.put("a.b", b"two"))
    t.see("get revision", await entry_of(kv.get("a.b", revision=1)))
    t.see("missing", await entry_of(kv.get("none")))
    await kv.delete("a.b")
    t.see("deleted", await entry_of(kv.get("a.b")))
    status = await kv.status()
    value = {"bucket": status.bucket, "values": status.values, "history": status.history, "ttl": status.ttl}
    t.see("status", value)
    t.see("stream", await t.js.stream_info("KV_basic"))


@views.scenario("kv.revisions")
async def kv_revisions(t):
    kv = await bucket(t, "revisions", 3)
    t.see("create", await kv.create("k", b"one"))
    t.see("create again", await failure(kv.create("k", b"other")))
    t.see("update", await kv.update("k", b"two", last=1))
    t.see("update wrong", await failure(kv.update("k", b"three", last=1)))
    await kv.delete("k")
    t.see("create after delete", await kv.create("k", b"again"))
    t.see("get", await entry_of(kv.get("k")))


@views.scenario("kv.history")
async def kv_history(t):
    kv = await bucket(t, "history", 3)
    for i in range(1, 6):
        await kv.put("k", f"v{i}".encode())
    await kv.put("other", b"x")
    await kv.delete("k")
    t.see("history", [kv_entry(entry) for entry in await kv.history("k")])
    await kv.purge("k")
    t.see("after purge", [kv_entry(entry) for entry in await kv.history("k")])


@views.scenario("kv.keys")
async def kv_keys(t):
    kv = await bucket(t, "keys", 1)
    for key in ["b", "a.x", "a.y", "gone", "purged"]:
        await kv.put(key, key.encode())
    await kv.delete("gone")
    await kv.purge("purged")
    t.see("keys", sorted(await kv.keys()))
    # The client filters by itself, by parts of the key instead of patterns.
    t.see("filtered", sorted(await kv.keys(filters=["a."])))


async def updates(watcher, count):
    """The next entries, without the mark that everything there was has come."""
    entries = []
    while len(entries) < count:
        entry = await watcher.updates(timeout=5)
        if entry is not None:
            entries.append(kv_entry(entry))
    await watcher.stop()
    return entries


@views.scenario("kv.watch")
async def kv_watch(t):
    kv = await bucket(t, "watch", 5)
    await kv.put("a", b"a1")
    await kv.put("a", b"a2")
    await kv.put("b", b"b1")
    every = await kv.watchall()
    await kv.put("c", b"c1")
    await kv.delete("a")
    await kv.purge("b")
    t.see("all", await updates(every, 5))
    one = await kv.watch("c", include_history=True)
    await kv.put("c", b"c2")
    t.see("one key with history", await updates(one, 2))


@views.scenario("object.put_get")
async def object_put_get(t):
    store = await t.js.create_object_store("files", description="objects")
    put = await store.put("big", pattern(300_000), meta=api.ObjectMeta(description="three chunks"))
    t.see("put", {"name": put.name, "size": put.size, "chunks": put.chunks, "digest": put.digest})
    got = (await store.get("big")).data
    t.see("get", {"bytes": len(got), "sha256": sha256(got)})
    empty = await store.put("empty", b"")
    t.see("empty", {"size": empty.size, "chunks": empty.chunks, "digest": empty.digest})
    t.see("missing", await outcome(store.get("none")))
    again = await store.put("big", pattern(1000))
    t.see("overwritten", {"size": again.size, "chunks": again.chunks})
    t.see("state", (await t.state("OBJ_files"))["messages"])


@views.scenario("object.info_list")
async def object_info_list(t):
    store = await t.js.create_object_store("lists")
    names = lambda infos: sorted(info.name for info in infos)
    await store.put("b", pattern(10), meta=api.ObjectMeta(description="second"))
    await store.put("a", pattern(20))
    info = await store.get_info("b")
    value = {"name": info.name, "description": info.description, "size": info.size, "digest": info.digest}
    t.see("info", value)
    t.see("list", names(await store.list(ignore_deletes=True)))
    await store.delete("a")
    t.see("after delete", names(await store.list(ignore_deletes=True)))
    status = await store.status()
    t.see("status", {"bucket": status.bucket, "storage": status.storage_type, "sealed": status.sealed})
    t.see("stream", (await t.js.stream_info("OBJ_lists")).config)


@views.scenario("service.basic")
async def service_basic(t):
    service = await nats.micro.add_service(
        t.nc, name="adder", version="1.2.3", description="adds", metadata={"a": "b"}
    )

    async def add(request):
        numbers = json.loads(request.data)
        if isinstance(numbers, list):
            await request.respond(str(sum(numbers)).encode())
        else:
            await request.respond_error("400", "not a list")

    await service.add_group(name="math").add_endpoint(name="add", handler=add, metadata={"kind": "sum"})
    await flush(t.nc)

    async def ask(subject, data=b""):
        return await t.nc.request(subject, data, timeout=2)

    t.see("answer", text((await ask("math.add", b"[1,2,3]")).data))
    t.see("error", header_lists((await ask("math.add", b"{}")).headers))
    ping = json.loads((await ask("$SRV.PING.adder")).data)
    t.see("ping", {name: ping[name] for name in ("type", "name", "version")})
    info = json.loads((await ask("$SRV.INFO.adder")).data)
    endpoints = [{name: one[name] for name in ("name", "subject", "queue_group")} for one in info["endpoints"]]
    t.see("info", {"description": info["description"], "endpoints": endpoints})
    stats = json.loads((await ask(f"$SRV.STATS.adder.{ping['id']}")).data)
    names = ("name", "num_requests", "num_errors")
    t.see("stats", [{name: one.get(name) for name in names} for one in stats["endpoints"]])
    await service.stop()
    t.see("stopped", await failure(t.nc.request("math.add", b"[1]", timeout=1)))
