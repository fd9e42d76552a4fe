// What a scenario gets: a fresh connection, the harness to talk to, and the steps that many scenarios begin with.
package compat;

import static compat.Observing.bytes;
import static compat.Observing.code;
import static compat.Observing.data;
import static compat.Observing.each;
import static compat.Observing.headerLists;
import static compat.Observing.settle;
import static compat.Observing.statusText;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.ErrorListener;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.RequestFailureException;
import io.nats.client.RequestFailureMessage;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

final class Stage {
    static final Duration BRIEF = Duration.ofSeconds(5);

    /** Says nothing: the error output is for failures of this runner. */
    private static final ErrorListener SILENT = new ErrorListener() {};

    private final String id;
    private final Map<String, String> options;
    private final BufferedReader harness;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final List<Connection> opened = Collections.synchronizedList(new ArrayList<>());
    Connection nc;
    JetStream js;
    JetStreamManagement jsm;

    Stage(String id, Map<String, String> options, BufferedReader harness) {
        this.id = id;
        this.options = options;
        this.harness = harness;
    }

    void open() throws Exception {
        use(connect());
    }

    void use(Connection connection) throws IOException {
        nc = connection;
        js = nc.jetStream();
        jsm = nc.jetStreamManagement();
    }

    /**
     * Over TLS nobody waits for it: this client leaves its reader a second to notice, which never does. The scenarios of a
     * whole list would take four times as long.
     */
    void close() {
        if (option("ca") != null) new Thread(this::closeAll, id + " closing").start();
        else closeAll();
    }

    private void closeAll() {
        try {
            for (Connection connection : opened) connection.close();
        } catch (InterruptedException error) {
            throw new AssertionError(error);
        }
    }

    String option(String name) {
        return options.get(name);
    }

    Connection connect() throws Exception {
        return connect(UnaryOperator.identity());
    }

    Connection connect(UnaryOperator<Options.Builder> more) throws Exception {
        return connect(more, option("url"));
    }

    Connection connect(UnaryOperator<Options.Builder> more, String... servers) throws Exception {
        Options.Builder builder = new Options.Builder().servers(servers).errorListener(SILENT).advancedRequestBehavior();
        Connection connection = Nats.connect(more.apply(identified(builder)).build());
        opened.add(connection);
        return connection;
    }

    /** Who the harness says we are, and whom we trust; see ../README.md. */
    private Options.Builder identified(Options.Builder builder) throws Exception {
        if (option("ca") != null) builder.sslContext(trusting(option("ca")));
        if (option("as-user") != null) builder.userInfo(option("as-user").toCharArray(), option("as-password").toCharArray());
        if (option("as-seed") != null) builder.authHandler(Nats.staticCredentials(null, option("as-seed").toCharArray()));
        return builder;
    }

    private static SSLContext trusting(String file) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream pem = Files.newInputStream(Path.of(file))) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    void see(String step, Object value) {
        out.println(Json.text(Json.object("scenario", id, "step", step, "value", value)));
    }

    /** Lets the harness do something to a server, and waits until it is done. */
    void ask(String action, String server) {
        out.println(Json.text(Json.object("ask", action, "server", server)));
        try {
            harness.readLine();
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }

    static void flush(Connection connection) throws Exception {
        connection.flush(BRIEF);
    }

    void flush() throws Exception {
        flush(nc);
    }

    Message request(String subject, String data) throws Exception {
        return request(subject, null, data, 2000);
    }

    Message request(String subject, Headers headers, String data, long ms) throws Exception {
        Message reply = nc.request(subject, headers, bytes(data), Duration.ofMillis(ms));
        if (reply instanceof RequestFailureMessage failed) throw new RequestFailureException(failed);
        return reply;
    }

    PublishAck put(String subject, String data) throws Exception {
        return js.publish(subject, bytes(data));
    }

    PublishAck put(String subject, String data, String header, String value) throws Exception {
        return js.publish(subject, new Headers().add(header, value), bytes(data));
    }

    static StreamConfiguration.Builder stream(String name, String... subjects) {
        return StreamConfiguration.builder().name(name).subjects(subjects);
    }

    /** A stream with messages m1, m2, ... on `name.0`, `name.1`, `name.2` in turn (name in lower case). */
    void fill(String name, int count, StorageType storage) throws Exception {
        String subject = name.toLowerCase();
        jsm.addStream(stream(name, subject + ".>").storageType(storage).build());
        for (int i = 1; i <= count; i++) put(subject + "." + i % 3, "m" + i);
    }

    void fill(String name, int count) throws Exception {
        fill(name, count, StorageType.File);
    }

    Object state(String stream) throws Exception {
        return Observing.state(jsm.getStreamInfo(stream).getStreamState());
    }

    /**
     * The state as it would be had another client published: this one writes header lines without the space behind the
     * colon, and the stream counts the bytes it was sent.
     */
    Object state(String stream, int headerLines) throws Exception {
        Map<String, Object> value = Observing.state(jsm.getStreamInfo(stream).getStreamState());
        value.computeIfPresent("bytes", (name, bytes) -> (long) bytes + headerLines);
        return value;
    }

    Object progress(String stream, String consumer) throws Exception {
        return Observing.progress(jsm.getConsumerInfo(stream, consumer));
    }

    /** The progress once nothing waits for an acknowledgement. */
    Object settled(String stream, String consumer) throws Exception {
        return Observing.progress(
            settle(() -> jsm.getConsumerInfo(stream, consumer), info -> info.getNumAckPending() == 0, 4000));
    }

    ConsumerInfo add(String stream, ConsumerConfiguration.Builder config) throws Exception {
        return jsm.createConsumer(stream, config.build());
    }

    /** Creates a consumer by hand, of a configuration that the client refuses to build. */
    void addByHand(String stream, String name, String config) throws Exception {
        String body = "{\"stream_name\":\"" + stream + "\",\"action\":\"create\",\"config\":" + config + "}";
        Message reply = request("$JS.API.CONSUMER.CREATE." + stream + "." + name, body);
        ConsumerInfo info = new ConsumerInfo(reply);
        if (info.hasError()) throw new JetStreamApiException(info);
    }

    /** A new pull consumer, ready to fetch from. */
    ConsumerContext consumer(String stream, ConsumerConfiguration.Builder config) throws Exception {
        return nc.getConsumerContext(stream, add(stream, config).getName());
    }

    /** Sends a request by hand and collects what comes up to a status for which `isEnd` holds. */
    List<Message> gather(String subject, String request, IntPredicate isEnd) throws Exception {
        String inbox = nc.createInbox();
        Subscription sub = nc.subscribe(inbox);
        nc.publish(subject, inbox, bytes(request));
        long until = System.nanoTime() + 3_000_000_000L;
        List<Message> list = new ArrayList<>();
        do {
            Message message = sub.nextMessage(Duration.ofNanos(Math.max(until - System.nanoTime(), 1)));
            if (message == null) throw new AssertionError("no closing status for " + request);
            list.add(message);
        } while (!isEnd.test(code(list.get(list.size() - 1))));
        sub.unsubscribe();
        return list;
    }

    /** Sends a pull request by hand: payloads, then the closing status. */
    List<Object> pull(String stream, String consumer, String request) throws Exception {
        List<Message> list = gather("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer, request, code -> code >= 400);
        return each(list, message -> {
            if (code(message) == 0) return data(message);
            return Json.object("code", code(message), "text", statusText(message),
                "headers", headerLists(message.getHeaders()));
        });
    }
}
