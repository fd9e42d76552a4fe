// Scenarios of consumers: configuration, pull and push, acknowledgements, what is delivered and when.
package compat;

import static compat.Json.object;
import static compat.Observing.acknowledge;
import static compat.Observing.bytes;
import static compat.Observing.code;
import static compat.Observing.data;
import static compat.Observing.delivery;
import static compat.Observing.each;
import static compat.Observing.failure;
import static compat.Observing.fetch;
import static compat.Observing.headerLists;
import static compat.Observing.inOrder;
import static compat.Observing.settle;
import static compat.Observing.statusText;
import static compat.Observing.streamSeq;
import static compat.Observing.take;

import io.nats.client.ConsumeOptions;
import io.nats.client.ConsumerContext;
import io.nats.client.IterableConsumer;
import io.nats.client.Message;
import io.nats.client.MessageConsumer;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.StreamContext;
import io.nats.client.Subscription;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.ReplayPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.impl.Headers;
import io.nats.client.support.JsonParser;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

final class ConsumerScenarios {
    private ConsumerScenarios() {}

    static Map<String, Runner.Scenario> all() {
        Map<String, Runner.Scenario> all = new LinkedHashMap<>();
        all.put("consumer.create", ConsumerScenarios::create);
        all.put("consumer.errors", ConsumerScenarios::errors);
        all.put("consumer.list", ConsumerScenarios::list);
        all.put("consumer.update", ConsumerScenarios::update);
        all.put("consumer.ack_explicit", ConsumerScenarios::ackExplicit);
        all.put("consumer.ack_all", ConsumerScenarios::ackAll);
        all.put("consumer.ack_none", ConsumerScenarios::ackNone);
        all.put("consumer.fetch", ConsumerScenarios::fetching);
        all.put("consumer.fetch_bytes", ConsumerScenarios::fetchBytes);
        all.put("consumer.pull_statuses", ConsumerScenarios::pullStatuses);
        all.put("consumer.consume", ConsumerScenarios::consume);
        all.put("consumer.ordered", ConsumerScenarios::ordered);
        all.put("consumer.push", ConsumerScenarios::push);
        all.put("consumer.push_client", ConsumerScenarios::pushClient);
        all.put("consumer.push_queue", ConsumerScenarios::pushQueue);
        all.put("consumer.push_heartbeat", ConsumerScenarios::pushHeartbeat);
        all.put("consumer.flow_control", ConsumerScenarios::flowControl);
        all.put("consumer.nak", ConsumerScenarios::nak);
        all.put("consumer.term", ConsumerScenarios::term);
        all.put("consumer.in_progress", ConsumerScenarios::inProgress);
        all.put("consumer.ack_wait", ConsumerScenarios::ackWait);
        all.put("consumer.backoff", ConsumerScenarios::backoff);
        all.put("consumer.deliver_policies", ConsumerScenarios::deliverPolicies);
        all.put("consumer.filters", ConsumerScenarios::filters);
        all.put("consumer.headers_only", ConsumerScenarios::headersOnly);
        all.put("consumer.ephemeral", ConsumerScenarios::ephemeral);
        all.put("consumer.max_ack_pending", ConsumerScenarios::maxAckPending);
        all.put("consumer.replay_original", ConsumerScenarios::replayOriginal);
        return all;
    }

    static ConsumerConfiguration.Builder durable(String name) {
        return ConsumerConfiguration.builder().durable(name).ackPolicy(AckPolicy.Explicit);
    }

    private static ConsumerConfiguration.Builder withoutAck(String name) {
        return ConsumerConfiguration.builder().durable(name).ackPolicy(AckPolicy.None);
    }

    private static void create(Stage t) throws Exception {
        t.fill("CREATE", 4);
        ConsumerInfo full = t.add("CREATE", durable("full")
            .description("a consumer")
            .ackWait(Duration.ofSeconds(5))
            .deliverPolicy(DeliverPolicy.ByStartSequence)
            .startSequence(2)
            .filterSubject("create.0")
            .maxAckPending(50)
            .maxDeliver(4)
            .maxPullWaiting(10)
            .maxBatch(20)
            .maxExpires(Duration.ofSeconds(30))
            .maxBytes(10_000)
            .inactiveThreshold(Duration.ofSeconds(600))
            .replayPolicy(ReplayPolicy.Instant)
            .sampleFrequency("50%")
            .headersOnly(false)
            .metadata(Map.of("owner", "tests")));
        t.see("full", full.getJv());
        t.see("progress", Observing.progress(full));
        t.see("defaults", t.add("CREATE", durable("plain")).getJv());
        t.see("backoff", t.add("CREATE", durable("backoff").maxDeliver(4).backoff(1000, 2000, 5000)).getJv());
        t.see("push", t.add("CREATE", withoutAck("push").deliverSubject("create-deliver").flowControl(Duration.ofSeconds(1))).getJv());
        t.see("push queue",
            t.add("CREATE", durable("push-queue").deliverSubject("create-queue").deliverGroup("workers").rateLimit(1_000_000)).getJv());
    }

    private static Object refused(Stage t, ConsumerConfiguration.Builder config) {
        return failure(() -> t.add("CERRORS", config));
    }

    private static Object refusedByHand(Stage t, String name, String fields) {
        return failure(() -> t.addByHand("CERRORS", name, "{\"durable_name\":\"" + name + "\",\"ack_policy\":\"explicit\"," + fields + "}"));
    }

    private static void errors(Stage t) throws Exception {
        t.fill("CERRORS", 1);
        t.add("CERRORS", durable("here"));
        t.see("stream missing", failure(() -> t.add("MISSING", durable("x"))));
        t.see("info of missing", failure(() -> t.jsm.getConsumerInfo("CERRORS", "missing")));
        t.see("delete of missing", failure(() -> t.jsm.deleteConsumer("CERRORS", "missing")));
        t.see("filter outside", refused(t, durable("c1").filterSubject("elsewhere")));
        t.see("overlapping filters", refused(t, durable("c2").filterSubjects("cerrors.>", "cerrors.a")));
        // What the client does not let anyone build goes by hand.
        t.see("both filters", refusedByHand(t, "c3", "\"filter_subject\":\"cerrors.a\",\"filter_subjects\":[\"cerrors.b\"]"));
        t.see("backoff over max deliver", refused(t, durable("c4").maxDeliver(1).backoff(1000, 2000)));
        t.see("start without policy", refused(t, durable("c5").startSequence(3)));
        t.see("wildcard deliver subject", refused(t, durable("c6").deliverSubject("x.*")));
        t.see("small heartbeat", refusedByHand(t, "c7", "\"deliver_subject\":\"x\",\"idle_heartbeat\":1000"));
        t.see("flow control without heartbeat", refusedByHand(t, "c8", "\"deliver_subject\":\"x\",\"flow_control\":true"));
        t.see("cycle", refused(t, durable("c9").deliverSubject("cerrors.x")));
        t.see("pull with heartbeat", refused(t, durable("c10").idleHeartbeat(Duration.ofSeconds(1))));
        t.see("last per subject without filter", refused(t, durable("c11").deliverPolicy(DeliverPolicy.LastPerSubject)));
        t.see("too many replicas", refused(t, durable("c12").numReplicas(3)));
        t.see("exists with other config", refused(t, durable("here").deliverPolicy(DeliverPolicy.New)));
    }

    private static void list(Stage t) throws Exception {
        t.fill("CLIST", 1);
        for (String name : List.of("zebra", "ant", "mole")) t.add("CLIST", durable(name));
        t.see("list", each(t.jsm.getConsumers("CLIST"), ConsumerInfo::getName));
        t.see("consumer count", t.jsm.getStreamInfo("CLIST").getStreamState().getConsumerCount());
        t.see("delete", t.jsm.deleteConsumer("CLIST", "mole"));
        t.see("list after", t.jsm.getConsumerNames("CLIST"));
        t.see("info", t.progress("CLIST", "ant"));
    }

    private static void update(Stage t) throws Exception {
        t.fill("CUPDATE", 6);
        ConsumerConfiguration before = t.add("CUPDATE", durable("c")).getConsumerConfiguration();
        ConsumerInfo info = t.jsm.updateConsumer("CUPDATE", ConsumerConfiguration.builder(before)
            .description("changed")
            .ackWait(Duration.ofSeconds(7))
            .maxAckPending(9)
            .maxDeliver(3)
            .filterSubject("cupdate.0")
            .headersOnly(true)
            .build());
        t.see("updated", info.getJv());
        t.see("pending follows filter", info.getNumPending());
        ConsumerConfiguration now = info.getConsumerConfiguration();
        t.see("deliver policy", unchanged(t, ConsumerConfiguration.builder(now).deliverPolicy(DeliverPolicy.New)));
        t.see("ack policy", unchanged(t, ConsumerConfiguration.builder(now).ackPolicy(AckPolicy.None)));
        t.see("to push", unchanged(t, ConsumerConfiguration.builder(now).deliverSubject("x")));
        t.see("max waiting", unchanged(t, ConsumerConfiguration.builder(now).maxPullWaiting(7)));
        t.see("still the same", t.jsm.getConsumerInfo("CUPDATE", "c").getJv());
    }

    private static Object unchanged(Stage t, ConsumerConfiguration.Builder config) {
        return failure(() -> t.jsm.updateConsumer("CUPDATE", config.build()));
    }

    private static void ackExplicit(Stage t) throws Exception {
        t.fill("EXPLICIT", 10);
        ConsumerContext c = t.consumer("EXPLICIT", durable("c").ackWait(Duration.ofSeconds(30)));
        List<Message> list = fetch(c, 5);
        t.see("messages", each(list, Observing::delivery));
        acknowledge(List.of(list.get(0), list.get(1), list.get(3)));
        t.see("after 1, 2 and 4", t.progress("EXPLICIT", "c"));
        acknowledge(List.of(list.get(2), list.get(4)));
        t.see("after all five", t.progress("EXPLICIT", "c"));
        t.see("the rest", each(fetch(c, 5), Observing::delivery));
    }

    private static void ackAll(Stage t) throws Exception {
        t.fill("ALL", 10);
        ConsumerContext c = t.consumer("ALL", durable("c").ackPolicy(AckPolicy.All));
        acknowledge(List.of(fetch(c, 7).get(4)));
        t.see("after the fifth", t.progress("ALL", "c"));
    }

    private static void ackNone(Stage t) throws Exception {
        t.fill("NONE", 6);
        t.see("messages", each(fetch(t.consumer("NONE", withoutAck("c")), 4), Observing::delivery));
        t.see("progress", t.progress("NONE", "c"));
    }

    private static void fetching(Stage t) throws Exception {
        t.fill("FETCH", 12);
        ConsumerContext c = t.consumer("FETCH", durable("c"));
        t.see("batch", each(fetch(c, 4), Observing::data));
        t.see("next", data(c.next(1000)));
        t.see("more than there is", each(fetch(c, 50, 1000), Observing::data));
        long started = System.nanoTime();
        t.see("nothing left", orNull(c.next(1000)));
        t.see("waited", msSince(started) > 900);
    }

    private static Object orNull(Message message) {
        return message == null ? null : delivery(message);
    }

    private static long msSince(long started) {
        return (System.nanoTime() - started) / 1_000_000;
    }

    /** The length in the place of each payload. */
    private static List<Object> lengths(List<Object> items) {
        return each(items, item -> item instanceof String payload ? payload.length() : item);
    }

    private static void fetchBytes(Stage t) throws Exception {
        t.jsm.addStream(Stage.stream("FBYTES", "fbytes").build());
        for (int i = 0; i < 6; i++) t.put("fbytes", "x".repeat(200));
        t.add("FBYTES", durable("c"));
        t.see("some fit", lengths(t.pull("FBYTES", "c", "{\"batch\":10,\"max_bytes\":700,\"expires\":1000000000}")));
        t.see("progress", t.progress("FBYTES", "c"));
        t.see("the rest", lengths(t.pull("FBYTES", "c", "{\"batch\":10,\"max_bytes\":100000,\"expires\":200000000}")));
    }

    private static void pullStatus(Stage t, String step, String consumer, String request) throws Exception {
        t.see(step, t.pull("STATUS", consumer, request));
    }

    private static void pullStatuses(Stage t) throws Exception {
        t.fill("STATUS", 3);
        t.add("STATUS", durable("c").maxBatch(20).maxBytes(5000).maxExpires(Duration.ofSeconds(2)).maxPullWaiting(2));
        t.add("STATUS", withoutAck("p").deliverSubject("status-deliver"));
        pullStatus(t, "no wait, partly", "c", "{\"batch\":5,\"no_wait\":true}");
        pullStatus(t, "no wait, nothing", "c", "{\"batch\":5,\"no_wait\":true}");
        pullStatus(t, "expires", "c", "{\"batch\":2,\"expires\":150000000}");
        pullStatus(t, "heartbeats", "c", "{\"batch\":2,\"expires\":500000000,\"idle_heartbeat\":200000000}");
        pullStatus(t, "heartbeat too large", "c", "{\"batch\":2,\"expires\":500000000,\"idle_heartbeat\":400000000}");
        pullStatus(t, "batch too large", "c", "{\"batch\":21,\"no_wait\":true}");
        pullStatus(t, "expires too long", "c", "{\"batch\":1,\"expires\":3000000000}");
        pullStatus(t, "too many bytes", "c", "{\"batch\":1,\"max_bytes\":6000,\"no_wait\":true}");
        pullStatus(t, "bad json", "c", "{\"batch\":");
        pullStatus(t, "push consumer", "p", "{\"batch\":1}");
        pullStatus(t, "missing consumer", "missing", "{\"batch\":1}");
        pullStatus(t, "number", "missing", "3");
        t.put("status.0", "y".repeat(500));
        pullStatus(t, "message over max_bytes", "c", "{\"batch\":1,\"max_bytes\":100,\"expires\":500000000}");
        t.see("then delivered", lengths(t.pull("STATUS", "c", "{\"batch\":1,\"max_bytes\":600,\"expires\":1000000000}")));
        CompletableFuture<Object> gone = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                gone.complete(t.pull("STATUS", "c", "{\"batch\":1,\"expires\":2000000000}"));
            } catch (Exception error) {
                gone.completeExceptionally(error);
            }
        });
        waiting.start();
        settle(() -> t.jsm.getConsumerInfo("STATUS", "c"), info -> info.getNumWaiting() == 1, 1000);
        t.jsm.deleteConsumer("STATUS", "c");
        t.see("consumer deleted", gone.get(5, TimeUnit.SECONDS));
    }

    private static void consume(Stage t) throws Exception {
        t.fill("CONSUME", 300, StorageType.Memory);
        ConsumerContext c = t.consumer("CONSUME", durable("c"));
        LinkedBlockingQueue<Long> handled = new LinkedBlockingQueue<>();
        List<Long> seen;
        try (MessageConsumer consuming = c.consume(ConsumeOptions.builder().batchSize(50).build(), message -> {
            message.ack();
            handled.add(streamSeq(message));
        })) {
            seen = take(handled, 300);
        }
        t.see("count", seen.size());
        t.see("in order", inOrder(seen));
        t.see("progress", t.settled("CONSUME", "c"));
    }

    private static void ordered(Stage t) throws Exception {
        t.fill("ORDERED", 200, StorageType.Memory);
        StreamContext stream = t.nc.getStreamContext("ORDERED");
        List<Long> seen = new ArrayList<>();
        OrderedConsumerContext all = stream.createOrderedConsumer(new OrderedConsumerConfiguration());
        try (IterableConsumer messages = all.iterate(ConsumeOptions.builder().batchSize(40).build())) {
            while (seen.size() < 200) {
                Message message = messages.nextMessage(5000);
                if (message == null) throw new AssertionError(seen.size() + " of 200 messages");
                seen.add(streamSeq(message));
            }
        }
        t.see("in order", inOrder(seen));
        OrderedConsumerContext from = stream.createOrderedConsumer(
            new OrderedConsumerConfiguration().deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(150).filterSubject("ordered.1"));
        t.see("from a sequence, filtered", each(fetch(from, 5), Observing::streamSeq));
    }

    private static void push(Stage t) throws Exception {
        t.fill("PUSH", 5);
        Subscription sub = t.nc.subscribe("push-deliver");
        t.add("PUSH", durable("c").deliverSubject("push-deliver"));
        List<Message> list = take(sub, 5);
        t.see("messages", each(list, Observing::data));
        t.see("reply", String.join(".", Arrays.copyOf(list.get(0).getReplyTo().split("\\."), 7)));
        for (Message message : list) t.request(message.getReplyTo(), "+ACK");
        t.see("progress", t.progress("PUSH", "c"));
        t.put("push.0", "live");
        t.see("live", each(take(sub, 1), Observing::data));
    }

    private static void pushClient(Stage t) throws Exception {
        t.fill("PCLIENT", 100);
        t.add("PCLIENT", durable("c").deliverSubject("pclient-deliver").flowControl(Duration.ofSeconds(1)));
        Subscription sub = t.js.subscribe(null, PushSubscribeOptions.bind("PCLIENT", "c"));
        List<Message> list = take(sub, 100);
        for (Message message : list) message.ack();
        t.see("in order", inOrder(each(list, Observing::streamSeq)));
        t.see("progress", t.settled("PCLIENT", "c"));
    }

    private static void pushQueue(Stage t) throws Exception {
        t.fill("PQUEUE", 60, StorageType.Memory);
        AtomicIntegerArray counts = new AtomicIntegerArray(3);
        Set<String> seen = ConcurrentHashMap.newKeySet();
        for (int member = 0; member < 3; member++) {
            int index = member;
            t.nc.createDispatcher().subscribe("pqueue-deliver", "workers", message -> {
                counts.incrementAndGet(index);
                seen.add(data(message));
                t.nc.publish(message.getReplyTo(), bytes("+ACK"));
            });
        }
        t.flush();
        t.add("PQUEUE", durable("c").deliverSubject("pqueue-deliver").deliverGroup("workers"));
        t.see("progress", Observing.progress(
            settle(() -> t.jsm.getConsumerInfo("PQUEUE", "c"), info -> info.getAckFloor().getStreamSequence() == 60, 4000)));
        t.see("once each", object("messages", seen.size(), "deliveries", counts.get(0) + counts.get(1) + counts.get(2)));
        t.see("every member served", counts.get(0) > 0 && counts.get(1) > 0 && counts.get(2) > 0);
    }

    private static void pushHeartbeat(Stage t) throws Exception {
        t.fill("PBEAT", 2);
        Subscription sub = t.nc.subscribe("pbeat-deliver");
        t.add("PBEAT", withoutAck("c").deliverSubject("pbeat-deliver").flowControl(Duration.ofMillis(150)));
        t.see("messages, then heartbeats", each(take(sub, 4), message -> object("data", data(message), "code", code(message),
            "text", statusText(message), "headers", headerLists(message.getHeaders()))));
    }

    private static void flowControl(Stage t) throws Exception {
        t.jsm.addStream(Stage.stream("FLOW", "flow").storageType(StorageType.Memory).build());
        for (int i = 0; i < 100; i++) t.js.publish("flow", new byte[32_000]);
        Subscription sub = t.nc.subscribe("flow-deliver");
        t.add("FLOW", withoutAck("c").deliverSubject("flow-deliver").flowControl(Duration.ofSeconds(1)));
        int messages = 0;
        int requests = 0;
        int other = 0;
        while (messages < 100) {
            Message message = take(sub, 1).get(0);
            if (code(message) == 0) messages++;
            else if (statusText(message).equals("FlowControl Request")) {
                requests++;
                t.nc.publish(message.getReplyTo(), null);
            } else if (!statusText(message).startsWith("Idle")) other++;
        }
        t.see("messages", messages);
        t.see("asked at least once", requests > 0);
        t.see("anything else", other);
    }

    private static void nak(Stage t) throws Exception {
        t.fill("NAK", 1);
        ConsumerContext c = t.consumer("NAK", durable("c"));
        c.next(2000).nak();
        Message second = c.next(2000);
        t.see("at once", delivery(second));
        long started = System.nanoTime();
        second.nakWithDelay(300);
        Message third = c.next(2000);
        Map<String, Object> delayed = delivery(third);
        delayed.put("waited", msSince(started) > 250);
        t.see("delayed", delayed);
        acknowledge(List.of(third));
        t.see("progress", t.progress("NAK", "c"));
    }

    private static Object advisory(Subscription sub) throws Exception {
        return JsonParser.parse(take(sub, 1).get(0).getData());
    }

    private static void term(Stage t) throws Exception {
        t.fill("TERM", 2);
        Subscription advisories = t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TERM.c");
        ConsumerContext c = t.consumer("TERM", durable("c").ackWait(Duration.ofMillis(300)));
        List<Message> list = fetch(c, 2);
        // The client terminates without a reason.
        t.nc.publish(list.get(0).getReplyTo(), bytes("+TERM bad data"));
        acknowledge(List.of(list.get(1)));
        t.see("progress", t.settled("TERM", "c"));
        t.see("never again", orNull(c.next(1000)));
        t.see("advisory", advisory(advisories));
    }

    private static void inProgress(Stage t) throws Exception {
        t.fill("WORKING", 1);
        ConsumerContext c = t.consumer("WORKING", durable("c").ackWait(Duration.ofMillis(600)));
        Message message = c.next(2000);
        ScheduledExecutorService reporting = Executors.newSingleThreadScheduledExecutor();
        reporting.scheduleAtFixedRate(message::inProgress, 150, 150, TimeUnit.MILLISECONDS);
        t.see("not redelivered while working", orNull(c.next(1200)));
        reporting.shutdownNow();
        Message again = c.next(2000);
        t.see("redelivered after", delivery(again));
        acknowledge(List.of(again));
    }

    private static void ackWait(Stage t) throws Exception {
        t.fill("AWAIT", 1);
        Subscription advisories = t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.AWAIT.c");
        ConsumerContext c = t.consumer("AWAIT", durable("c").ackWait(Duration.ofMillis(250)).maxDeliver(3));
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < 3; i++) counts.add(c.next(2000).metaData().deliveredCount());
        t.see("deliveries", counts);
        t.see("no fourth", orNull(c.next(1000)));
        t.see("advisory", advisory(advisories));
        t.see("progress", t.progress("AWAIT", "c"));
    }

    private static List<Boolean> backoffWaits(Stage t, String name) throws Exception {
        // Since the start: a busy machine may make a delivery late, never early.
        long start = System.nanoTime();
        ConsumerContext c = t.consumer("BACKOFF", durable(name).maxDeliver(4).backoff(150, 300, 600));
        long[] since = new long[4];
        try (IterableConsumer messages = c.iterate()) {
            for (int i = 0; i < 4; i++) {
                messages.nextMessage(10_000).metaData();
                since[i] = msSince(start);
            }
        }
        return List.of(since[1] > 130, since[2] > 420, since[3] > 1000 && since[3] < 10_000);
    }

    private static void backoff(Stage t) throws Exception {
        t.fill("BACKOFF", 1);
        List<Boolean> waits = backoffWaits(t, "c1");
        // A busy machine can hold up one measurement, hardly three.
        for (int i = 2; i <= 3 && waits.contains(false); i++) waits = backoffWaits(t, "c" + i);
        t.see("waits", waits);
    }

    private static void reading(Stage t, String name, ConsumerConfiguration.Builder config) throws Exception {
        ConsumerInfo info = t.add("POLICY", config);
        ConsumerContext c = t.nc.getConsumerContext("POLICY", name);
        t.see(name, each(fetch(c, (int) info.getNumPending()), Observing::streamSeq));
    }

    private static void deliverPolicies(Stage t) throws Exception {
        t.fill("POLICY", 6);
        ZonedDateTime start = t.jsm.getMessage("POLICY", 6).getTime().plus(Duration.ofMillis(1));
        settle(ZonedDateTime::now, now -> now.isAfter(start), 4000);
        for (int i = 7; i <= 9; i++) t.put("policy." + i % 3, "m" + i);
        reading(t, "all", withoutAck("all").deliverPolicy(DeliverPolicy.All));
        reading(t, "last", withoutAck("last").deliverPolicy(DeliverPolicy.Last));
        reading(t, "by_start_sequence", withoutAck("by_start_sequence").deliverPolicy(DeliverPolicy.ByStartSequence).startSequence(4));
        reading(t, "by_start_time", withoutAck("by_start_time").deliverPolicy(DeliverPolicy.ByStartTime).startTime(start));
        reading(t, "last_per_subject", withoutAck("last_per_subject").deliverPolicy(DeliverPolicy.LastPerSubject).filterSubject("policy.>"));
        reading(t, "last_filtered", withoutAck("last_filtered").deliverPolicy(DeliverPolicy.Last).filterSubject("policy.1"));
        ConsumerContext fresh = t.consumer("POLICY", withoutAck("new").deliverPolicy(DeliverPolicy.New));
        t.put("policy.0", "m10");
        t.see("new", each(fetch(fresh, 1), Observing::streamSeq));
    }

    private static void filtered(Stage t, String name, int count, String... filters) throws Exception {
        List<Message> list = fetch(t.consumer("FILTER", durable(name).filterSubjects(filters)), count);
        t.see(name, object("messages", each(list, Observing::delivery), "progress", t.progress("FILTER", name)));
    }

    private static void filters(Stage t) throws Exception {
        t.fill("FILTER", 9);
        filtered(t, "single", 3, "filter.1");
        filtered(t, "wildcard", 9, "filter.*");
        filtered(t, "several", 4, "filter.0", "filter.2");
    }

    private static void headersOnly(Stage t) throws Exception {
        t.jsm.addStream(Stage.stream("HONLY", "honly").build());
        t.js.publish("honly", new Headers().add("Kept", "yes"), bytes("payload"));
        t.put("honly", "no headers");
        ConsumerContext c = t.consumer("HONLY", withoutAck("c").headersOnly(true));
        t.see("messages", each(fetch(c, 2), message -> object("data", data(message), "headers", headerLists(message.getHeaders()))));
    }

    private static void ephemeral(Stage t) throws Exception {
        t.fill("EPHEMERAL", 3);
        ConsumerInfo info = t.add("EPHEMERAL",
            ConsumerConfiguration.builder().ackPolicy(AckPolicy.Explicit).inactiveThreshold(Duration.ofMillis(500)));
        t.see("has a name", !info.getName().isEmpty());
        String durable = info.getConsumerConfiguration().getDurable();
        t.see("is not durable", durable == null ? "" : durable);
        List<Message> list = fetch(t.nc.getConsumerContext("EPHEMERAL", info.getName()), 3);
        t.see("messages", each(list, Observing::streamSeq));
        acknowledge(list);
        t.see("there", t.jsm.getConsumerNames("EPHEMERAL").size());
        t.see("gone", settle(() -> t.jsm.getConsumerNames("EPHEMERAL").size(), now -> now == 0, 6000));
    }

    private static void maxAckPending(Stage t) throws Exception {
        t.fill("MAP", 6);
        ConsumerContext c = t.consumer("MAP", durable("c").maxAckPending(2));
        List<Message> list = fetch(c, 5, 1000);
        t.see("stops at two", each(list, Observing::streamSeq));
        acknowledge(list);
        t.see("goes on", each(fetch(c, 2), Observing::streamSeq));
    }

    private static void replayOriginal(Stage t) throws Exception {
        t.jsm.addStream(Stage.stream("REPLAY", "replay").build());
        t.put("replay", "a");
        // The gap that the consumer is to keep.
        Thread.sleep(400);
        t.put("replay", "b");
        Subscription sub = t.nc.subscribe("replay-deliver");
        long started = System.nanoTime();
        t.add("REPLAY", withoutAck("c").deliverSubject("replay-deliver").replayPolicy(ReplayPolicy.Original));
        take(sub, 2);
        long waited = msSince(started);
        t.see("keeps the gap", waited > 250 && waited < 2000);
    }
}
