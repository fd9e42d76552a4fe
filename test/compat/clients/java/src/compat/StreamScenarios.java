// Scenarios of streams: configuration, publishing, limits, stored messages, and what a kill leaves.
package compat;

import static compat.Json.object;
import static compat.Observing.ack;
import static compat.Observing.acknowledge;
import static compat.Observing.bytes;
import static compat.Observing.code;
import static compat.Observing.data;
import static compat.Observing.delivery;
import static compat.Observing.each;
import static compat.Observing.failure;
import static compat.Observing.fetch;
import static compat.Observing.headerLists;
import static compat.Observing.kvEntry;
import static compat.Observing.outcome;
import static compat.Observing.settle;
import static compat.Observing.statusText;
import static compat.Observing.text;

import io.nats.client.ConnectionListener.Events;
import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.PublishOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.AccountLimits;
import io.nats.client.api.AccountStatistics;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.StreamState;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

final class StreamScenarios {
    private StreamScenarios() {}

    static Map<String, Runner.Scenario> all() {
        Map<String, Runner.Scenario> all = new LinkedHashMap<>();
        all.put("stream.create", StreamScenarios::create);
        all.put("stream.defaults", StreamScenarios::defaults);
        all.put("stream.errors", StreamScenarios::errors);
        all.put("stream.update", StreamScenarios::update);
        all.put("stream.list", StreamScenarios::list);
        all.put("stream.purge", StreamScenarios::purge);
        all.put("stream.subjects", StreamScenarios::subjects);
        all.put("stream.retention", StreamScenarios::retention);
        all.put("account.info", StreamScenarios::account);
        all.put("publish.ack", StreamScenarios::publishAck);
        all.put("publish.dedupe", StreamScenarios::dedupe);
        all.put("publish.expect", StreamScenarios::expect);
        all.put("publish.rollup", StreamScenarios::rollup);
        all.put("limits.messages", StreamScenarios::limitMessages);
        all.put("limits.bytes", StreamScenarios::limitBytes);
        all.put("limits.age", StreamScenarios::limitAge);
        all.put("limits.per_subject", StreamScenarios::limitPerSubject);
        all.put("message.get", StreamScenarios::get);
        all.put("message.direct", StreamScenarios::direct);
        all.put("message.direct_batch", StreamScenarios::directBatch);
        all.put("message.delete", StreamScenarios::delete);
        return all;
    }

    static Map<String, Runner.Scenario> restart() {
        return Map.of("restart.kill", StreamScenarios::kill);
    }

    private static StreamInfo create(Stage t, StreamConfiguration.Builder config) throws Exception {
        return t.jsm.addStream(config.build());
    }

    private static Object refused(Stage t, StreamConfiguration.Builder config) {
        return failure(() -> create(t, config));
    }

    private static void create(Stage t) throws Exception {
        t.see("created", create(t, Stage.stream("CREATE", "create.a.*", "create.b.>")
            .description("a stream")
            .retentionPolicy(RetentionPolicy.Limits)
            .storageType(StorageType.File)
            .discardPolicy(DiscardPolicy.New)
            .maxMessages(1000)
            .maxBytes(1_000_000)
            .maxAge(Duration.ofHours(1))
            .maximumMessageSize(5000)
            .maxMessagesPerSubject(10)
            .duplicateWindow(Duration.ofSeconds(60))
            .maxConsumers(5)
            .replicas(1)
            .allowDirect(true)
            .allowRollup(true)
            .denyDelete(true)
            .metadata(Map.of("owner", "tests"))).getJv());
        StreamInfo info = t.jsm.getStreamInfo("CREATE");
        t.see("info", info.getJv());
        StreamConfiguration config = info.getConfiguration();
        t.see("config", object("name", config.getName(), "subjects", config.getSubjects(), "max_msgs", config.getMaxMsgs(),
            "max_age", config.getMaxAge().toNanos(), "discard", config.getDiscardPolicy(), "storage", config.getStorageType(),
            "owner", config.getMetadata().get("owner")));
        t.see("state", Observing.state(info.getStreamState()));
    }

    private static void defaults(Stage t) throws Exception {
        StreamInfo file = create(t, StreamConfiguration.builder().name("DEFAULTS"));
        t.see("file", file.getJv());
        StreamInfo memory = create(t, Stage.stream("DEFAULTSMEM", "mem.>").storageType(StorageType.Memory).maxAge(Duration.ofSeconds(5)));
        t.see("memory", memory.getJv());
        StreamConfiguration config = file.getConfiguration();
        t.see("filled in", object("subjects", config.getSubjects(), "retention", config.getRetentionPolicy(),
            "storage", config.getStorageType(), "max_msgs", config.getMaxMsgs(), "max_bytes", config.getMaxBytes(),
            "max_age", config.getMaxAge().toNanos(), "duplicate_window", config.getDuplicateWindow().toNanos(),
            "num_replicas", config.getReplicas(), "discard", config.getDiscardPolicy()));
        t.see("duplicate window follows age", memory.getConfiguration().getDuplicateWindow().toNanos());
    }

    private static void errors(Stage t) throws Exception {
        create(t, Stage.stream("ERRORS", "errors.>"));
        t.see("same again", create(t, Stage.stream("ERRORS", "errors.>")).getConfiguration().getName());
        t.see("name in use", refused(t, Stage.stream("ERRORS", "else")));
        t.see("overlap", refused(t, Stage.stream("ERRORS2", "errors.a")));
        t.see("info of missing", failure(() -> t.jsm.getStreamInfo("MISSING")));
        t.see("delete of missing", failure(() -> t.jsm.deleteStream("MISSING")));
        t.see("purge of missing", failure(() -> t.jsm.purgeStream("MISSING")));
        t.see("replicas", refused(t, Stage.stream("ERRORS3", "e3").replicas(3)));
        t.see("short age", refused(t, Stage.stream("ERRORS4", "e4").maxAge(Duration.ofNanos(1000))));
        t.see("window over age",
            refused(t, Stage.stream("ERRORS5", "e5").maxAge(Duration.ofSeconds(1)).duplicateWindow(Duration.ofSeconds(2))));
        t.see("system subjects", refused(t, Stage.stream("ERRORS6", "$JS.API.>")));
        t.see("subjects overlap inside", refused(t, Stage.stream("ERRORS7", "e7.>", "e7.a")));
    }

    private static StreamConfiguration.Builder changed() {
        return Stage.stream("UPDATE", "update.a", "update.b").maxMessages(4).description("changed");
    }

    private static void update(Stage t) throws Exception {
        create(t, Stage.stream("UPDATE", "update.a").maxMessages(100));
        for (int i = 0; i < 10; i++) t.put("update.a", String.valueOf(i));
        StreamInfo info = t.jsm.updateStream(changed().build());
        t.see("updated", info.getJv());
        StreamConfiguration config = info.getConfiguration();
        t.see("config", object("subjects", config.getSubjects(), "max_msgs", config.getMaxMsgs(), "description", config.getDescription()));
        t.see("state", t.state("UPDATE"));
        t.see("new subject", ack(t.put("update.b", "x")));
        t.see("storage", failure(() -> t.jsm.updateStream(changed().storageType(StorageType.Memory).build())));
        t.see("retention", failure(() -> t.jsm.updateStream(changed().retentionPolicy(RetentionPolicy.WorkQueue).build())));
        t.see("missing", failure(() -> t.jsm.updateStream(Stage.stream("MISSING", "x").maxMessages(1).build())));
    }

    private static void list(Stage t) throws Exception {
        for (String name : List.of("LISTC", "LISTA", "LISTB")) {
            create(t, Stage.stream(name, name.toLowerCase() + ".>").storageType(StorageType.Memory));
        }
        t.put("lista.x", "x");
        t.see("names", t.jsm.getStreamNames());
        t.see("list", each(t.jsm.getStreams(),
            info -> object("name", info.getConfiguration().getName(), "messages", info.getStreamState().getMsgCount())));
        t.see("names by subject", t.jsm.getStreamNames("listb.x"));
        t.see("find", t.jsm.getStreamNames("listc.y").get(0));
        AccountStatistics account = t.jsm.getAccountStatistics();
        t.see("account", object("streams", account.getStreams(), "consumers", account.getConsumers()));
        t.see("delete", t.jsm.deleteStream("LISTB"));
        t.see("names after", t.jsm.getStreamNames());
    }

    private static void purged(Stage t, String step, PurgeOptions options) throws Exception {
        long count = t.jsm.purgeStream("PURGE", options).getPurged();
        t.see(step, object("purged", count, "state", t.state("PURGE")));
    }

    private static void purge(Stage t) throws Exception {
        create(t, Stage.stream("PURGE", "purge.*"));
        for (int i = 0; i < 30; i++) t.put("purge." + i % 3, String.valueOf(i));
        purged(t, "by subject", PurgeOptions.subject("purge.0"));
        purged(t, "by subject and keep", PurgeOptions.builder().subject("purge.1").keep(4).build());
        purged(t, "up to a sequence", PurgeOptions.builder().sequence(12).build());
        purged(t, "keep", PurgeOptions.builder().keep(5).build());
        long rest = t.jsm.purgeStream("PURGE").getPurged();
        t.see("all", object("purged", rest, "state", t.state("PURGE")));
        t.see("sequence goes on", ack(t.put("purge.0", "after")));
    }

    private static void subjects(Stage t) throws Exception {
        create(t, Stage.stream("SUBJECTS", "subjects.>"));
        for (String last : List.of("a", "b", "a", "c.d", "a")) t.put("subjects." + last, "x");
        t.jsm.deleteMessage("SUBJECTS", 3);
        StreamInfoOptions everything = StreamInfoOptions.builder().allSubjects().deletedDetails().build();
        StreamState all = t.jsm.getStreamInfo("SUBJECTS", everything).getStreamState();
        t.see("subjects", all.getSubjectMap());
        t.see("deleted", all.getDeleted());
        t.see("num_subjects", all.getSubjectCount());
        StreamInfoOptions some = StreamInfoOptions.filterSubjects("subjects.*");
        t.see("filtered", t.jsm.getStreamInfo("SUBJECTS", some).getStreamState().getSubjectMap());
    }

    private static Object holding(Stage t, String stream, long count) throws Exception {
        return Observing.state(settle(() -> t.jsm.getStreamInfo(stream).getStreamState(), state -> state.getMsgCount() == count, 4000));
    }

    private static void retention(Stage t) throws Exception {
        create(t, Stage.stream("WORK", "work.*").retentionPolicy(RetentionPolicy.WorkQueue));
        for (int i = 0; i < 5; i++) t.put("work.a", String.valueOf(i));
        acknowledge(fetch(t.consumer("WORK", ConsumerScenarios.durable("w")), 3));
        t.see("work queue", holding(t, "WORK", 2));
        t.see("second consumer", failure(() -> t.add("WORK", ConsumerScenarios.durable("w2"))));
        t.see("no ack", failure(() -> t.add("WORK", ConsumerScenarios.durable("w3").ackPolicy(AckPolicy.None))));
        create(t, Stage.stream("INTEREST", "interest.*").retentionPolicy(RetentionPolicy.Interest));
        t.put("interest.a", "nobody");
        t.see("no interest", t.state("INTEREST"));
        ConsumerContext one = t.consumer("INTEREST", ConsumerScenarios.durable("i1"));
        ConsumerContext two = t.consumer("INTEREST", ConsumerScenarios.durable("i2"));
        t.put("interest.a", "both");
        acknowledge(fetch(one, 1));
        t.see("one of two", t.state("INTEREST"));
        acknowledge(fetch(two, 1));
        t.see("both", holding(t, "INTEREST", 0));
    }

    private static void account(Stage t) throws Exception {
        create(t, Stage.stream("ACCOUNT", "account").maxBytes(100_000));
        t.put("account", "x".repeat(100));
        t.add("ACCOUNT", ConsumerScenarios.durable("c"));
        AccountStatistics account = t.jsm.getAccountStatistics();
        t.see("usage", object("memory", account.getMemory(), "storage", account.getStorage(), "streams", account.getStreams(),
            "consumers", account.getConsumers()));
        AccountLimits limits = account.getLimits();
        t.see("limits", object("max_memory", limits.getMaxMemory(), "max_storage", limits.getMaxStorage(),
            "max_streams", limits.getMaxStreams(), "max_consumers", limits.getMaxConsumers()));
    }

    private static void publishAck(Stage t) throws Exception {
        create(t, Stage.stream("ACK", "ack.>"));
        t.see("first", ack(t.put("ack.a", "one")));
        t.see("second", ack(t.put("ack.b", "")));
        t.see("no stream", failure(() -> t.put("nostream", "x")));
        t.see("raw", data(t.request("ack.c", "raw")));
    }

    private static PublishOptions withId(String id) {
        return PublishOptions.builder().messageId(id).build();
    }

    private static void dedupe(Stage t) throws Exception {
        create(t, Stage.stream("DEDUPE", "dedupe.>"));
        t.see("first", ack(t.js.publish("dedupe.a", bytes("x"), withId("id-1"))));
        t.see("again", ack(t.js.publish("dedupe.a", bytes("y"), withId("id-1"))));
        t.see("other", ack(t.js.publish("dedupe.a", bytes("x"), withId("id-2"))));
        t.see("raw", data(t.request("dedupe.b", new Headers().add("Nats-Msg-Id", "id-1"), "z", 2000)));
        t.see("state", t.state("DEDUPE", 2));
    }

    private static Object expecting(Stage t, String last, PublishOptions.Builder options) {
        return outcome(() -> ack(t.js.publish("expect." + last, bytes("x"), options.build())));
    }

    private static void expect(Stage t) throws Exception {
        create(t, Stage.stream("EXPECT", "expect.*"));
        t.see("first", expecting(t, "a", PublishOptions.builder().expectedLastSequence(0).messageId("m1")));
        t.see("stream", expecting(t, "a", PublishOptions.builder().expectedStream("EXPECT")));
        t.see("wrong stream", expecting(t, "a", PublishOptions.builder().expectedStream("OTHER")));
        t.see("last sequence", expecting(t, "b", PublishOptions.builder().expectedLastSequence(2).messageId("m3")));
        t.see("wrong last sequence", expecting(t, "b", PublishOptions.builder().expectedLastSequence(7)));
        t.see("last subject sequence", expecting(t, "a", PublishOptions.builder().expectedLastSubjectSequence(2)));
        t.see("wrong last subject sequence", expecting(t, "a", PublishOptions.builder().expectedLastSubjectSequence(2)));
        t.see("new subject", expecting(t, "new", PublishOptions.builder().expectedLastSubjectSequence(0).messageId("m5")));
        t.see("subject exists", expecting(t, "a", PublishOptions.builder().expectedLastSubjectSequence(0)));
        t.see("last msg id", expecting(t, "a", PublishOptions.builder().expectedLastMsgId("m5").messageId("m6")));
        t.see("wrong last msg id", expecting(t, "a", PublishOptions.builder().expectedLastMsgId("m1")));
        t.see("state", t.state("EXPECT", 10));
    }

    private static PublishAck roll(Stage t, String subject, String value) throws Exception {
        return t.put(subject, "rolled", "Nats-Rollup", value);
    }

    private static void rollup(Stage t) throws Exception {
        create(t, Stage.stream("ROLLUP", "rollup.*").allowRollup(true));
        create(t, Stage.stream("NOROLLUP", "norollup.*"));
        for (int i = 0; i < 9; i++) t.put("rollup." + i % 3, String.valueOf(i));
        t.see("subject", ack(roll(t, "rollup.1", "sub")));
        t.see("after subject", t.state("ROLLUP", 1));
        t.see("all", ack(roll(t, "rollup.2", "all")));
        t.see("after all", t.state("ROLLUP", 1));
        t.see("bad value", failure(() -> roll(t, "rollup.1", "some")));
        t.see("not allowed", failure(() -> roll(t, "norollup.1", "sub")));
    }

    private static void limitMessages(Stage t) throws Exception {
        create(t, Stage.stream("OLD", "old.*").maxMessages(3));
        for (int i = 0; i < 5; i++) t.put("old.a", String.valueOf(i));
        t.see("discard old", t.state("OLD"));
        create(t, Stage.stream("NEW", "new.*").maxMessages(3).discardPolicy(DiscardPolicy.New));
        for (int i = 0; i < 3; i++) t.put("new.a", String.valueOf(i));
        t.see("discard new", failure(() -> t.put("new.a", "3")));
        t.see("state", t.state("NEW"));
    }

    private static void limitBytes(Stage t) throws Exception {
        create(t, Stage.stream("BYTES", "bytes").maxBytes(1000).maximumMessageSize(300));
        for (int i = 0; i < 10; i++) t.js.publish("bytes", new byte[100 + i]);
        t.see("discard old", t.state("BYTES"));
        t.see("message too large", failure(() -> t.js.publish("bytes", new byte[301])));
        create(t, Stage.stream("BYTESNEW", "bytesnew").maxBytes(1000).discardPolicy(DiscardPolicy.New));
        for (int i = 0; i < 6; i++) t.js.publish("bytesnew", new byte[100]);
        t.see("discard new", failure(() -> t.js.publish("bytesnew", new byte[300])));
        t.see("state", t.state("BYTESNEW"));
    }

    private static void limitAge(Stage t) throws Exception {
        create(t, Stage.stream("AGE", "age").maxAge(Duration.ofSeconds(2)).duplicateWindow(Duration.ofMillis(200)));
        for (int i = 0; i < 3; i++) t.put("age", String.valueOf(i));
        t.see("before", t.state("AGE"));
        t.see("after", holding(t, "AGE", 0));
    }

    private static void limitPerSubject(Stage t) throws Exception {
        create(t, Stage.stream("PER", "per.*").maxMessagesPerSubject(2));
        for (int i = 0; i < 9; i++) t.put("per." + i % 3, String.valueOf(i));
        t.see("discard old", t.state("PER"));
        create(t, Stage.stream("PERNEW", "pernew.*").maxMessagesPerSubject(1).discardPolicy(DiscardPolicy.New).discardNewPerSubject(true));
        t.put("pernew.a", "x");
        t.see("discard new", failure(() -> t.put("pernew.a", "y")));
        t.see("other subject", ack(t.put("pernew.b", "y")));
    }

    private static Map<String, Object> stored(MessageInfo message) {
        return object("seq", message.getSeq(), "subject", message.getSubject(), "data", text(message.getData()));
    }

    private static Object withHeaders(MessageInfo message) {
        Map<String, Object> value = stored(message);
        value.put("headers", headerLists(message.getHeaders()));
        return value;
    }

    private static void get(Stage t) throws Exception {
        create(t, Stage.stream("GET", "get.*"));
        for (int i = 1; i <= 6; i++) t.put("get." + i % 2, "m" + i, "Number", String.valueOf(i));
        t.see("by sequence", withHeaders(t.jsm.getMessage("GET", 2)));
        t.see("last by subject", withHeaders(t.jsm.getLastMessage("GET", "get.1")));
        t.see("last by wildcard", withHeaders(t.jsm.getLastMessage("GET", "get.*")));
        t.see("missing sequence", outcome(() -> withHeaders(t.jsm.getMessage("GET", 99))));
        t.see("missing subject", outcome(() -> withHeaders(t.jsm.getLastMessage("GET", "get.none"))));
    }

    private static Object whole(Message message) {
        return object("data", data(message), "headers", headerLists(message.getHeaders()));
    }

    private static Object brief(Message message) {
        return object("code", code(message), "text", statusText(message));
    }

    private static void direct(Stage t) throws Exception {
        create(t, Stage.stream("DIRECT", "direct.*").allowDirect(true));
        for (int i = 1; i <= 6; i++) t.put("direct." + i % 2, "m" + i);
        t.see("by sequence", stored(t.jsm.getMessage("DIRECT", 2)));
        t.see("last by subject", stored(t.jsm.getLastMessage("DIRECT", "direct.1")));
        t.see("next by subject", stored(t.jsm.getNextMessage("DIRECT", 3, "direct.0")));
        t.see("missing", outcome(() -> stored(t.jsm.getMessage("DIRECT", 99))));
        String subject = "$JS.API.DIRECT.GET.DIRECT";
        t.see("raw", whole(t.request(subject, "{\"seq\":3}")));
        t.see("raw last by subject", whole(t.request(subject + ".direct.1", "")));
        t.see("raw missing", brief(t.request(subject, "{\"seq\":99}")));
        t.see("raw empty", brief(t.request(subject, "")));
    }

    private static void batch(Stage t, String step, String request) throws Exception {
        t.see(step, each(t.gather("$JS.API.DIRECT.GET.BATCH", request, code -> code != 0), message -> {
            Map<String, Object> value = object("status", code(message));
            value.putAll(headerLists(message.getHeaders()));
            value.remove("Nats-Time-Stamp");
            value.put("data", data(message));
            return value;
        }));
    }

    private static void directBatch(Stage t) throws Exception {
        create(t, Stage.stream("BATCH", "batch.*").allowDirect(true));
        for (int i = 1; i <= 9; i++) t.put("batch." + i % 3, "m" + i);
        batch(t, "batch", "{\"seq\":2,\"batch\":3}");
        batch(t, "filtered", "{\"seq\":1,\"batch\":10,\"next_by_subj\":\"batch.1\"}");
        batch(t, "last for", "{\"multi_last\":[\"batch.0\",\"batch.2\"]}");
        batch(t, "up to", "{\"multi_last\":[\"batch.>\"],\"up_to_seq\":5}");
        batch(t, "nothing", "{\"multi_last\":[\"none\"]}");
    }

    private static void delete(Stage t) throws Exception {
        create(t, Stage.stream("DELETE", "delete"));
        for (int i = 1; i <= 5; i++) t.put("delete", "m" + i);
        t.see("erase", t.jsm.deleteMessage("DELETE", 2, true));
        t.see("no erase", t.jsm.deleteMessage("DELETE", 5, false));
        t.see("again", failure(() -> t.jsm.deleteMessage("DELETE", 2)));
        t.see("state", t.state("DELETE"));
        t.see("next sequence", ack(t.put("delete", "m6")));
        t.jsm.deleteMessage("DELETE", 1);
        t.see("first moves", t.state("DELETE"));
        create(t, Stage.stream("NODELETE", "nodelete").denyDelete(true).denyPurge(true));
        t.put("nodelete", "x");
        t.see("denied delete", failure(() -> t.jsm.deleteMessage("NODELETE", 1)));
        t.see("denied purge", failure(() -> t.jsm.purgeStream("NODELETE")));
    }

    private static void kill(Stage t) throws Exception {
        CountDownLatch again = new CountDownLatch(1);
        Connection nc = t.connect(options -> options.maxReconnects(-1).reconnectWait(Duration.ofMillis(50)).reconnectJitter(Duration.ofMillis(5))
            .connectionListener((connection, event) -> {
                if (event == Events.RESUBSCRIBED) again.countDown();
            }), t.option("first"));
        t.use(nc);
        create(t, Stage.stream("KILL", "kill.*"));
        List<CompletableFuture<PublishAck>> acks = new ArrayList<>();
        for (int i = 0; i < 200; i++) acks.add(t.js.publishAsync("kill." + i % 4, bytes("m" + i), withId("id-" + i)));
        long last = 0;
        for (CompletableFuture<PublishAck> ack : acks) last = Math.max(last, ack.get(5, TimeUnit.SECONDS).getSeqno());
        t.see("acknowledged", last);
        t.jsm.deleteMessage("KILL", 100);
        ConsumerContext consumer = t.consumer("KILL", ConsumerScenarios.durable("c").ackWait(Duration.ofSeconds(60)));
        acknowledge(fetch(consumer, 30));
        nc.keyValueManagement().create(KeyValueConfiguration.builder("kept").maxHistoryPerKey(2).build());
        KeyValue kept = nc.keyValue("kept");
        kept.put("a", "one");
        kept.put("a", "two");
        // The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
        Thread.sleep(700);
        t.ask("kill", "first");
        t.ask("start", "first");
        if (!again.await(10, TimeUnit.SECONDS)) throw new AssertionError("no reconnect");
        settle(() -> outcome(() -> t.jsm.getStreamInfo("KILL")), answer -> answer instanceof StreamInfo, 4000);
        t.see("state", t.state("KILL", 199));
        t.see("progress", t.progress("KILL", "c"));
        t.see("next message", delivery(fetch(consumer, 1).get(0)));
        t.see("duplicate is known", ack(t.js.publish("kill.0", bytes("m5"), withId("id-5"))));
        t.see("next sequence", ack(t.put("kill.0", "new")));
        t.see("deleted stays deleted", outcome(() -> t.jsm.getMessage("KILL", 100)));
        t.see("kv", kvEntry(nc.keyValue("kept").get("a")));
        t.jsm.deleteStream("KILL");
        t.jsm.deleteStream("KV_kept");
    }
}
