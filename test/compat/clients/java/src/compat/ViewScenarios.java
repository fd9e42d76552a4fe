// Scenarios of what clients build on streams and requests: key-value and object stores, services.
package compat;

import static compat.Json.object;
import static compat.Observing.bytes;
import static compat.Observing.data;
import static compat.Observing.each;
import static compat.Observing.failure;
import static compat.Observing.headerLists;
import static compat.Observing.kvEntry;
import static compat.Observing.outcome;
import static compat.Observing.pattern;
import static compat.Observing.sha256;
import static compat.Observing.take;

import io.nats.client.KeyValue;
import io.nats.client.ObjectStore;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueStatus;
import io.nats.client.api.KeyValueWatchOption;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.ObjectMeta;
import io.nats.client.api.ObjectStoreConfiguration;
import io.nats.client.api.ObjectStoreStatus;
import io.nats.client.api.ObjectStoreWatchOption;
import io.nats.client.api.ObjectStoreWatcher;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.service.Group;
import io.nats.service.Service;
import io.nats.service.ServiceEndpoint;
import io.nats.service.ServiceMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

final class ViewScenarios {
    private ViewScenarios() {}

    static Map<String, Runner.Scenario> all() {
        Map<String, Runner.Scenario> all = new LinkedHashMap<>();
        all.put("kv.basic", ViewScenarios::kvBasic);
        all.put("kv.revisions", ViewScenarios::kvRevisions);
        all.put("kv.history", ViewScenarios::kvHistory);
        all.put("kv.keys", ViewScenarios::kvKeys);
        all.put("kv.watch", ViewScenarios::kvWatch);
        all.put("object.put_get", ViewScenarios::objectPutGet);
        all.put("object.info_list", ViewScenarios::objectInfoList);
        all.put("object.watch_link", ViewScenarios::objectWatchLink);
        all.put("service.basic", ViewScenarios::service);
        return all;
    }

    private static KeyValue bucket(Stage t, String name, int history) throws Exception {
        t.nc.keyValueManagement().create(KeyValueConfiguration.builder(name).maxHistoryPerKey(history).build());
        return t.nc.keyValue(name);
    }

    private static void kvBasic(Stage t) throws Exception {
        t.nc.keyValueManagement().create(KeyValueConfiguration.builder("basic").maxHistoryPerKey(5).description("a bucket").build());
        KeyValue kv = t.nc.keyValue("basic");
        t.see("put", kv.put("a.b", "one"));
        t.see("get", kvEntry(kv.get("a.b")));
        t.see("put again", kv.put("a.b", "two"));
        t.see("get revision", kvEntry(kv.get("a.b", 1)));
        t.see("missing", kvEntry(kv.get("none")));
        kv.delete("a.b");
        t.see("deleted", kvEntry(kv.get("a.b")));
        KeyValueStatus status = kv.getStatus();
        t.see("status", object("bucket", status.getBucketName(), "values", status.getEntryCount(), "history", status.getMaxHistoryPerKey(),
            "ttl", status.getTtl() == null ? 0 : status.getTtl().toNanos()));
        t.see("stream", t.jsm.getStreamInfo("KV_basic").getJv());
    }

    private static void kvRevisions(Stage t) throws Exception {
        KeyValue kv = bucket(t, "revisions", 3);
        t.see("create", kv.create("k", bytes("one")));
        t.see("create again", failure(() -> kv.create("k", bytes("other"))));
        t.see("update", kv.update("k", "two", 1));
        t.see("update wrong", failure(() -> kv.update("k", "three", 1)));
        kv.delete("k");
        t.see("create after delete", kv.create("k", bytes("again")));
        t.see("get", kvEntry(kv.get("k")));
    }

    private static void kvHistory(Stage t) throws Exception {
        KeyValue kv = bucket(t, "history", 3);
        for (int i = 1; i <= 5; i++) kv.put("k", "v" + i);
        kv.put("other", "x");
        kv.delete("k");
        t.see("history", each(kv.history("k"), Observing::kvEntry));
        kv.purge("k");
        t.see("after purge", each(kv.history("k"), Observing::kvEntry));
    }

    private static void kvKeys(Stage t) throws Exception {
        KeyValue kv = bucket(t, "keys", 1);
        for (String key : List.of("b", "a.x", "a.y", "gone", "purged")) kv.put(key, key);
        kv.delete("gone");
        kv.purge("purged");
        t.see("keys", kv.keys().stream().sorted().toList());
        t.see("filtered", kv.keys("a.*").stream().sorted().toList());
    }

    private static KeyValueWatcher into(BlockingQueue<KeyValueEntry> entries) {
        return new KeyValueWatcher() {
            @Override
            public void watch(KeyValueEntry entry) {
                entries.add(entry);
            }

            @Override
            public void endOfData() {}
        };
    }

    private static void kvWatch(Stage t) throws Exception {
        KeyValue kv = bucket(t, "watch", 5);
        kv.put("a", "a1");
        kv.put("a", "a2");
        kv.put("b", "b1");
        BlockingQueue<KeyValueEntry> all = new LinkedBlockingQueue<>();
        try (AutoCloseable watching = kv.watchAll(into(all))) {
            kv.put("c", "c1");
            kv.delete("a");
            kv.purge("b");
            t.see("all", each(take(all, 5), Observing::kvEntry));
        }
        BlockingQueue<KeyValueEntry> one = new LinkedBlockingQueue<>();
        try (AutoCloseable watching = kv.watch("c", into(one), KeyValueWatchOption.INCLUDE_HISTORY)) {
            kv.put("c", "c2");
            t.see("one key with history", each(take(one, 2), Observing::kvEntry));
        }
    }

    private static ObjectStore objects(Stage t, String name, String description) throws Exception {
        t.nc.objectStoreManagement().create(ObjectStoreConfiguration.builder(name).description(description).build());
        return t.nc.objectStore(name);
    }

    private static byte[] read(ObjectStore store, String name) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.get(name, out);
        return out.toByteArray();
    }

    private static void objectPutGet(Stage t) throws Exception {
        ObjectStore store = objects(t, "files", "objects");
        ObjectMeta meta = ObjectMeta.builder("big").description("three chunks").build();
        ObjectInfo put = store.put(meta, new ByteArrayInputStream(pattern(300_000)));
        t.see("put", object("name", put.getObjectName(), "size", put.getSize(), "chunks", put.getChunks(), "digest", put.getDigest()));
        byte[] got = read(store, "big");
        t.see("get", object("bytes", got.length, "sha256", sha256(got)));
        ObjectInfo empty = store.put("empty", new byte[0]);
        t.see("empty", object("size", empty.getSize(), "chunks", empty.getChunks(), "digest", empty.getDigest()));
        t.see("missing", outcome(() -> read(store, "none").length));
        ObjectInfo again = store.put("big", pattern(1000));
        t.see("overwritten", object("size", again.getSize(), "chunks", again.getChunks()));
        t.see("state", t.jsm.getStreamInfo("OBJ_files").getStreamState().getMsgCount());
    }

    private static List<String> names(ObjectStore store) throws Exception {
        return each(store.getList(), ObjectInfo::getObjectName).stream().sorted().toList();
    }

    private static void objectInfoList(Stage t) throws Exception {
        ObjectStore store = objects(t, "lists", null);
        store.put(ObjectMeta.builder("b").description("second").build(), new ByteArrayInputStream(pattern(10)));
        store.put("a", pattern(20));
        ObjectInfo info = store.getInfo("b");
        t.see("info", object("name", info.getObjectName(), "description", info.getDescription(), "size", info.getSize(),
            "digest", info.getDigest()));
        t.see("list", names(store));
        store.delete("a");
        t.see("after delete", names(store));
        ObjectStoreStatus status = store.getStatus();
        t.see("status", object("bucket", status.getBucketName(), "storage", status.getStorageType(), "sealed", status.isSealed()));
        t.see("stream", t.jsm.getStreamInfo("OBJ_lists").getJv().map.get("config"));
    }

    private static BlockingQueue<ObjectInfo> watch(ObjectStore store) throws Exception {
        BlockingQueue<ObjectInfo> infos = new LinkedBlockingQueue<>();
        store.watch(new ObjectStoreWatcher() {
            @Override
            public void watch(ObjectInfo info) {
                infos.add(info);
            }

            @Override
            public void endOfData() {}
        }, ObjectStoreWatchOption.INCLUDE_HISTORY);
        return infos;
    }

    private static Object seen(ObjectInfo info) {
        return object("name", info.getObjectName(), "deleted", info.isDeleted());
    }

    private static void objectWatchLink(Stage t) throws Exception {
        ObjectStore store = objects(t, "links", null);
        ObjectInfo target = store.put("target", pattern(50));
        ObjectInfo link = store.addLink("alias", target);
        t.see("link", object("bucket", link.getLink().getBucket(), "name", link.getLink().getObjectName()));
        t.see("through the link", read(store, "alias").length);
        t.see("watch", each(take(watch(store), 2), ViewScenarios::seen));
        BlockingQueue<ObjectInfo> live = watch(store);
        store.delete("alias");
        t.see("watch a delete", each(take(live, 3), ViewScenarios::seen));
    }

    private static JsonValue ask(Stage t, String subject) throws Exception {
        return JsonParser.parse(t.request(subject, "").getData());
    }

    /** Some fields of a JSON object. */
    private static Map<String, Object> fields(JsonValue value, String... names) {
        Map<String, Object> chosen = new LinkedHashMap<>();
        for (String name : names) chosen.put(name, value.map.get(name));
        return chosen;
    }

    private static void add(Stage t, ServiceMessage message) {
        JsonValue numbers = JsonParser.parseUnchecked(message.getData());
        if (numbers.array == null) message.respondStandardError(t.nc, "not a list", 400);
        else message.respond(t.nc, String.valueOf(numbers.array.stream().mapToInt(number -> number.i).sum()));
    }

    private static void service(Stage t) throws Exception {
        ServiceEndpoint add = ServiceEndpoint.builder().group(new Group("math")).endpointName("add")
            .endpointMetadata(Map.of("kind", "sum")).handler(message -> add(t, message)).build();
        Service service = Service.builder().connection(t.nc).name("adder").version("1.2.3").description("adds")
            .metadata(Map.of("a", "b")).addServiceEndpoint(add).build();
        service.startService();
        if (!service.isStarted(5, TimeUnit.SECONDS)) throw new AssertionError("the service did not start");
        t.flush();
        t.see("answer", data(t.request("math.add", "[1,2,3]")));
        t.see("error", headerLists(t.request("math.add", "{}").getHeaders()));
        JsonValue ping = ask(t, "$SRV.PING.adder");
        t.see("ping", fields(ping, "type", "name", "version"));
        JsonValue info = ask(t, "$SRV.INFO.adder");
        t.see("info", object("description", info.map.get("description"),
            "endpoints", each(info.map.get("endpoints").array, one -> fields(one, "name", "subject", "queue_group"))));
        JsonValue stats = ask(t, "$SRV.STATS.adder." + ping.map.get("id").string);
        t.see("stats", each(stats.map.get("endpoints").array, one -> fields(one, "name", "num_requests", "num_errors")));
        service.stop();
        t.see("stopped", failure(() -> t.request("math.add", null, "[1]", 1000)));
    }
}
