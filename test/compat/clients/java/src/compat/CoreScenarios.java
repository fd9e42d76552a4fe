// Scenarios of the core protocol: subjects, queues, requests, headers, limits, authentication, reconnects.
package compat;

import static compat.Json.object;
import static compat.Observing.bytes;
import static compat.Observing.code;
import static compat.Observing.data;
import static compat.Observing.each;
import static compat.Observing.failure;
import static compat.Observing.headerLists;
import static compat.Observing.outcome;
import static compat.Observing.pattern;
import static compat.Observing.plain;
import static compat.Observing.settle;
import static compat.Observing.sha256;
import static compat.Observing.statusText;
import static compat.Observing.take;
import static compat.Observing.waiting;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.api.ServerInfo;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

final class CoreScenarios {
    private static final Executor TOGETHER = Executors.newCachedThreadPool();

    private CoreScenarios() {}

    static Map<String, Runner.Scenario> all() {
        Map<String, Runner.Scenario> all = new LinkedHashMap<>();
        all.put("core.publish", CoreScenarios::publish);
        all.put("core.wildcards", CoreScenarios::wildcards);
        all.put("core.queue", CoreScenarios::queue);
        all.put("core.request", CoreScenarios::request);
        all.put("core.no_responders", CoreScenarios::noResponders);
        all.put("core.headers", CoreScenarios::headers);
        all.put("core.auto_unsubscribe", CoreScenarios::autoUnsubscribe);
        all.put("core.drain", CoreScenarios::drain);
        all.put("core.no_echo", CoreScenarios::noEcho);
        all.put("core.max_payload", CoreScenarios::maxPayload);
        all.put("core.over_max_payload", CoreScenarios::overMaxPayload);
        all.put("core.invalid_subject", CoreScenarios::invalidSubject);
        all.put("core.burst", CoreScenarios::burst);
        all.put("core.request_many", CoreScenarios::requestMany);
        all.put("core.rtt", CoreScenarios::rtt);
        all.put("core.info", CoreScenarios::info);
        all.put("core.reconnect", CoreScenarios::reconnect);
        all.put("auth.token", CoreScenarios::authToken);
        all.put("auth.user", CoreScenarios::authUser);
        return all;
    }

    private static void publish(Stage t) throws Exception {
        Subscription sub = t.nc.subscribe("core.publish");
        t.nc.publish("core.publish", bytes("one"));
        t.nc.publish("core.publish", bytes("two"));
        t.nc.publish("core.publish", null);
        t.nc.publish("core.publish", "core.reply", bytes("four"));
        t.see("received", each(take(sub, 4), message -> {
            Map<String, Object> value = plain(message);
            value.put("reply", message.getReplyTo() == null ? "" : message.getReplyTo());
            return value;
        }));
    }

    private static void wildcards(Stage t) throws Exception {
        List<String> patterns = List.of("wild.*", "wild.>", "wild.*.c", "*.b.c", "wild.b.*", "wild.*.*.d", "*.*.c.>");
        List<Subscription> subs = each(patterns, t.nc::subscribe);
        for (String subject : "wild.a wild.b wild.b.c wild.a.c wild.a.c.d other.b.c wild wild.B".split(" ")) t.nc.publish(subject, null);
        t.flush();
        Map<String, Object> seen = new LinkedHashMap<>();
        for (int i = 0; i < subs.size(); i++) seen.put(patterns.get(i), each(waiting(subs.get(i)), Message::getSubject));
        t.see("subjects", seen);
    }

    private static void queue(Stage t) throws Exception {
        Map<String, List<Subscription>> groups = new LinkedHashMap<>();
        groups.put("one", each(List.of(1, 2, 3), member -> t.nc.subscribe("queue.*", "one")));
        groups.put("two", each(List.of(1, 2), member -> t.nc.subscribe("queue.*", "two")));
        groups.put("plain", List.of(t.nc.subscribe("queue.*")));
        for (int i = 0; i < 300; i++) t.nc.publish("queue." + i % 7, bytes("x"));
        t.flush();
        Map<String, Object> totals = new LinkedHashMap<>();
        boolean everyOne = true;
        for (Map.Entry<String, List<Subscription>> group : groups.entrySet()) {
            totals.put(group.getKey(), group.getValue().stream().mapToLong(Subscription::getPendingMessageCount).sum());
            everyOne &= group.getValue().stream().allMatch(sub -> sub.getPendingMessageCount() > 0);
        }
        t.see("totals", totals);
        t.see("every member served", everyOne);
    }

    private static void request(Stage t) throws Exception {
        Dispatcher answers = t.nc.createDispatcher();
        Headers yes = new Headers().add("Answer", "yes");
        answers.subscribe("request.echo", message -> t.nc.publish(message.getReplyTo(), yes, bytes("pong:" + data(message))));
        t.nc.subscribe("request.silent");
        Message reply = t.request("request.echo", "ping");
        t.see("reply", object("data", data(reply), "headers", headerLists(reply.getHeaders())));
        t.see("silence", failure(() -> t.request("request.silent", null, "ping", 200)));
    }

    private static void noResponders(Stage t) throws Exception {
        t.see("nobody", failure(() -> t.request("request.nobody", "ping")));
        Message status = t.gather("request.nobody", "ping", code -> code != 0).get(0);
        t.see("status", object("code", code(status), "text", statusText(status), "data", data(status)));
    }

    private static void headers(Stage t) throws Exception {
        Subscription sub = t.nc.subscribe("core.headers");
        Headers headers = new Headers().add("Many", "first", "second, with comma").add("lower-case", "a: b");
        t.nc.publish("core.headers", headers, bytes("body"));
        t.nc.publish("core.headers", new Headers().add("Alone", "true"), null);
        List<Message> list = take(sub, 2);
        t.see("first", object("data", data(list.get(0)), "headers", headerLists(list.get(0).getHeaders())));
        t.see("headers only", object("data", data(list.get(1)), "headers", headerLists(list.get(1).getHeaders())));
    }

    private static void autoUnsubscribe(Stage t) throws Exception {
        AtomicInteger three = new AtomicInteger();
        AtomicInteger plain = new AtomicInteger();
        AtomicInteger late = new AtomicInteger();
        Dispatcher counting = t.nc.createDispatcher();
        Subscription first = counting.subscribe("auto", message -> three.incrementAndGet());
        counting.unsubscribe(first, 3);
        counting.subscribe("auto", message -> plain.incrementAndGet());
        Subscription last = counting.subscribe("auto", message -> late.incrementAndGet());
        for (int i = 0; i < 2; i++) t.nc.publish("auto", bytes("x"));
        t.flush();
        counting.unsubscribe(last, 4);
        for (int i = 0; i < 5; i++) t.nc.publish("auto", bytes("x"));
        t.flush();
        Map<String, Object> wanted = object("three", 3, "plain", 7, "late", 4);
        t.see("counts", settle(() -> object("three", three.get(), "plain", plain.get(), "late", late.get()), wanted::equals, 1000));
    }

    private static void drain(Stage t) throws Exception {
        Connection nc = t.connect();
        AtomicInteger handled = new AtomicInteger();
        AtomicInteger last = new AtomicInteger();
        Dispatcher counting = nc.createDispatcher();
        counting.subscribe("drain.sub", message -> handled.incrementAndGet());
        for (int i = 0; i < 50; i++) nc.publish("drain.sub", bytes("x"));
        // This client drains dispatchers, not their single subscriptions.
        counting.drain(Stage.BRIEF).get(5, TimeUnit.SECONDS);
        nc.publish("drain.sub", bytes("late"));
        Stage.flush(nc);
        t.see("subscription", object("handled", handled.get()));
        nc.createDispatcher().subscribe("drain.all", message -> last.incrementAndGet());
        Stage.flush(nc);
        for (int i = 0; i < 50; i++) nc.publish("drain.all", bytes("x"));
        nc.drain(Stage.BRIEF).get(5, TimeUnit.SECONDS);
        Connection.Status status = settle(nc::getStatus, now -> now == Connection.Status.CLOSED, 4000);
        t.see("connection", object("handled", last.get(), "closed", status == Connection.Status.CLOSED));
    }

    private static void noEcho(Stage t) throws Exception {
        Connection deaf = t.connect(Options.Builder::noEcho);
        Subscription own = deaf.subscribe("echo.x");
        Subscription other = t.nc.subscribe("echo.x");
        Stage.flush(deaf);
        t.flush();
        deaf.publish("echo.x", bytes("mine"));
        Stage.flush(deaf);
        t.nc.publish("echo.x", bytes("yours"));
        t.flush();
        Stage.flush(deaf);
        t.see("no echo", each(waiting(own), Observing::data));
        t.see("echo", each(waiting(other), Observing::data));
    }

    private static void maxPayload(Stage t) throws Exception {
        int limit = (int) t.nc.getMaxPayload();
        t.see("max_payload", limit);
        Subscription sub = t.nc.subscribe("big");
        byte[] data = pattern(limit);
        t.nc.publish("big", data);
        // The header block 'NATS/1.0\r\nSize: all\r\n\r\n' counts as payload.
        t.nc.publish("big", new Headers().add("Size", "all"), Arrays.copyOf(data, limit - 23));
        t.see("received", each(take(sub, 2), message -> object("bytes", message.getData().length, "sha256", sha256(message.getData()))));
    }

    private static void overMaxPayload(Stage t) throws Exception {
        t.see("over", failure(() -> t.nc.publish("big", new byte[(int) t.nc.getMaxPayload() + 1])));
        t.flush();
        t.see("still connected", t.nc.getStatus() == Connection.Status.CONNECTED);
    }

    private static void invalidSubject(Stage t) throws Exception {
        Map<String, Object> outcomes = new LinkedHashMap<>();
        for (String subject : List.of("", "a b", "a..b", ".a", "a.")) {
            Connection publishing = t.connect(Options.Builder::noReconnect);
            outcomes.put("publish '" + subject + "'", failure(() -> {
                publishing.publish(subject, bytes("x"));
                Stage.flush(publishing);
            }));
            Connection subscribing = t.connect(Options.Builder::noReconnect);
            outcomes.put("subscribe '" + subject + "'", failure(() -> {
                subscribing.subscribe(subject);
                Stage.flush(subscribing);
            }));
        }
        t.see("outcomes", outcomes);
    }

    private static void burst(Stage t) throws Exception {
        Connection receiver = t.connect();
        Subscription sub = receiver.subscribe("burst.>");
        Stage.flush(receiver);
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            wanted.add(String.valueOf(i));
            t.nc.publish("burst." + i % 10, bytes(wanted.get(i)));
        }
        t.flush();
        List<String> received = each(take(sub, 5000), Observing::data);
        t.see("count", received.size());
        t.see("in order", received.equals(wanted));
    }

    private static void requestMany(Stage t) throws Exception {
        for (String name : List.of("a", "b", "c")) {
            t.nc.createDispatcher().subscribe("many", message -> {
                t.nc.publish(message.getReplyTo(), bytes(name + 1));
                t.nc.publish(message.getReplyTo(), bytes(name + 2));
            });
        }
        String inbox = t.nc.createInbox();
        Subscription sub = t.nc.subscribe(inbox);
        t.nc.publish("many", inbox, null);
        t.see("replies", each(take(sub, 6), Observing::data).stream().sorted().toList());
    }

    private static void rtt(Stage t) throws Exception {
        t.flush();
        Duration rtt = t.nc.RTT();
        t.see("answered", !rtt.isNegative() && rtt.toSeconds() < 5);
    }

    private static void info(Stage t) {
        ServerInfo info = t.nc.getServerInfo();
        t.see("info", object("version", info.getVersion(), "proto", info.getProtocolVersion(), "headers", info.isHeadersSupported(),
            "max_payload", info.getMaxPayload(), "jetstream", info.isJetStreamAvailable(), "auth_required", info.isAuthRequired(),
            "tls_required", info.isTLSRequired()));
    }

    private static void reconnect(Stage t) throws Exception {
        String first = t.option("first");
        String second = t.option("second");
        CountDownLatch again = new CountDownLatch(1);
        Connection nc = t.connect(options -> options.noRandomize().reconnectWait(Duration.ofMillis(50)).reconnectJitter(Duration.ofMillis(5))
            .connectionListener((connection, event) -> {
                if (event == Events.RESUBSCRIBED) again.countDown();
            }), first, second);
        t.see("connected to the first", first.equals(nc.getConnectedUrl()));
        Subscription sub = nc.subscribe("reconnect.>");
        Stage.flush(nc);
        t.ask("kill", "first");
        if (!again.await(10, TimeUnit.SECONDS)) throw new AssertionError("no reconnect");
        t.see("connected to the second", second.equals(nc.getConnectedUrl()));
        nc.publish("reconnect.after", bytes("hello"));
        t.see("subscription lives", each(take(sub, 1), Observing::plain));
        nc.close();
        t.ask("start", "first");
    }

    /** Connects, flushes and says how it went. */
    private static Object login(Stage t, String url, UnaryOperator<Options.Builder> credentials) {
        return outcome(() -> {
            Stage.flush(t.connect(options -> credentials.apply(options.noReconnect()), url));
            return null;
        });
    }

    /** Logs in with each of the credentials, at the same time because this client waits for two seconds after a refusal. */
    private static void logins(Stage t, String url, Map<String, UnaryOperator<Options.Builder>> steps) {
        Map<String, CompletableFuture<Object>> answers = new LinkedHashMap<>();
        steps.forEach((step, credentials) -> answers.put(step, CompletableFuture.supplyAsync(() -> login(t, url, credentials), TOGETHER)));
        answers.forEach((step, answer) -> t.see(step, answer.join()));
    }

    private static void authToken(Stage t) {
        Map<String, UnaryOperator<Options.Builder>> steps = new LinkedHashMap<>();
        steps.put("right token", options -> options.token(t.option("token").toCharArray()));
        steps.put("wrong token", options -> options.token("wrong".toCharArray()));
        steps.put("no token", UnaryOperator.identity());
        steps.put("user instead", options -> options.userInfo("someone", "x"));
        logins(t, t.option("token-url"), steps);
    }

    private static void authUser(Stage t) {
        String user = t.option("user");
        String password = t.option("password");
        Map<String, UnaryOperator<Options.Builder>> steps = new LinkedHashMap<>();
        steps.put("right password", options -> options.userInfo(user, password));
        steps.put("wrong password", options -> options.userInfo(user, "wrong"));
        steps.put("unknown user", options -> options.userInfo("nobody", password));
        steps.put("no credentials", UnaryOperator.identity());
        logins(t, t.option("user-url"), steps);
    }
}
