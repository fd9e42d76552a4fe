// Words that all scenarios share: waiting, gathering, errors, and values in the shape that scenarios.json describes.
// Knows no scenario and no connection of its own.
package compat;

import io.nats.client.AuthenticationException;
import io.nats.client.BaseConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.RequestFailureException;
import io.nats.client.RequestFailureReason;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.PublishAck;
import io.nats.client.api.SequencePair;
import io.nats.client.api.StreamState;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsJetStreamMetaData;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;

final class Observing {
    private Observing() {}

    interface Work {
        void run() throws Exception;
    }

    /** What the client says of a status line without a text, in the text's place. */
    private static final String OWN_TEXT = "No Responders Available For Request";

    static Object failure(Work work) {
        try {
            work.run();
            return "no error";
        } catch (Exception error) {
            return describe(error);
        }
    }

    static Object outcome(Callable<?> work) {
        try {
            Object value = work.call();
            return value == null ? "ok" : value;
        } catch (Exception error) {
            return describe(error);
        }
    }

    /** An error in words that every client can say; see ../README.md. */
    static Object describe(Throwable error) {
        if (error instanceof JetStreamApiException refused) {
            if (refused.getApiErrorCode() == 10037) return "not found";
            return Json.object("code", refused.getErrorCode(), "err_code", refused.getApiErrorCode(), "description", refused.getErrorDescription());
        }
        String words = String.valueOf(error.getMessage());
        if (error instanceof RequestFailureException failed) {
            if (failed.getReason() == RequestFailureReason.NO_RESPONDERS) return "no responders";
            if (failed.getReason() == RequestFailureReason.TIMEOUT) return "timeout";
        }
        if (error instanceof TimeoutException) return "timeout";
        if (error instanceof AuthenticationException || words.contains("Authorization Violation")) return "authorization violation";
        if (words.contains("503 No Responders")) return "no responders";
        if (words.contains("payload size exceed")) return "max payload";
        if (words.contains("OS-90201")) return "not found";
        return error.getClass().getSimpleName() + ": " + words;
    }

    /** Asks again until `isDone` or the deadline, and returns the last answer. */
    static <T> T settle(Callable<T> ask, Predicate<T> isDone, long ms) throws Exception {
        long until = System.nanoTime() + ms * 1_000_000;
        while (true) {
            T answer = ask.call();
            if (isDone.test(answer) || System.nanoTime() > until) return answer;
            Thread.sleep(25);
        }
    }

    /** The next messages of a subscription. */
    static List<Message> take(Subscription sub, long count) throws InterruptedException {
        List<Message> list = new ArrayList<>();
        while (list.size() < count) {
            Message message = sub.nextMessage(Duration.ofSeconds(5));
            if (message == null) throw new AssertionError(list.size() + " of " + count + " messages");
            list.add(message);
        }
        return list;
    }

    /** What a subscription holds already; everything that was flushed before has arrived. */
    static List<Message> waiting(Subscription sub) throws InterruptedException {
        return take(sub, sub.getPendingMessageCount());
    }

    static <T> List<T> take(BlockingQueue<T> queue, int count) throws InterruptedException {
        List<T> list = new ArrayList<>();
        while (list.size() < count) {
            T item = queue.poll(5, TimeUnit.SECONDS);
            if (item == null) throw new AssertionError(list.size() + " of " + count + " items");
            list.add(item);
        }
        return list;
    }

    static <T, R> List<R> each(Iterable<T> items, Function<T, R> word) {
        List<R> list = new ArrayList<>();
        for (T item : items) list.add(word.apply(item));
        return list;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] data) {
        return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    }

    static String data(Message message) {
        return text(message.getData());
    }

    /** The code of a status message; 0 when it is none. */
    static int code(Message message) {
        return message.isStatusMessage() ? message.getStatus().getCode() : 0;
    }

    static String statusText(Message message) {
        if (!message.isStatusMessage()) return "";
        String words = message.getStatus().getMessage();
        return words.equals(OWN_TEXT) ? "" : words;
    }

    static Map<String, List<String>> headerLists(Headers headers) {
        Map<String, List<String>> lists = new TreeMap<>();
        if (headers != null) headers.forEach(lists::put);
        return lists;
    }

    static Map<String, Object> plain(Message message) {
        return Json.object("subject", message.getSubject(), "data", data(message));
    }

    static Object ack(PublishAck ack) {
        return Json.object("stream", ack.getStream(), "seq", ack.getSeqno(), "duplicate", ack.isDuplicate());
    }

    static Map<String, Object> state(StreamState state) {
        return Json.object("messages", state.getMsgCount(), "bytes", state.getByteCount(), "first_seq", state.getFirstSequence(),
            "last_seq", state.getLastSequence(), "num_deleted", state.getDeletedCount());
    }

    private static Object pair(SequencePair pair) {
        return Json.object("consumer_seq", pair.getConsumerSequence(), "stream_seq", pair.getStreamSequence());
    }

    static Object progress(ConsumerInfo info) {
        return Json.object("delivered", pair(info.getDelivered()), "ack_floor", pair(info.getAckFloor()),
            "num_ack_pending", info.getNumAckPending(), "num_redelivered", info.getRedelivered(), "num_pending", info.getNumPending());
    }

    static long streamSeq(Message message) {
        return message.metaData().streamSequence();
    }

    static Map<String, Object> delivery(Message message) {
        NatsJetStreamMetaData meta = message.metaData();
        Map<String, Object> value = plain(message);
        value.putAll(Json.object("stream_seq", meta.streamSequence(), "consumer_seq", meta.consumerSequence(),
            "delivered", meta.deliveredCount(), "pending", meta.pendingCount()));
        return value;
    }

    static boolean inOrder(List<Long> sequences) {
        for (int i = 0; i < sequences.size(); i++) if (sequences.get(i) != i + 1) return false;
        return true;
    }

    static Object kvEntry(KeyValueEntry entry) {
        if (entry == null) return "not found";
        return Json.object("key", entry.getKey(), "value", text(entry.getValue()), "revision", entry.getRevision(),
            "operation", entry.getOperation().getHeaderValue());
    }

    static String sha256(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException error) {
            throw new AssertionError(error);
        }
    }

    /** Bytes that say where they are. */
    static byte[] pattern(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) data[i] = (byte) (i * 31 + (i >> 8));
        return data;
    }

    static List<Message> fetch(BaseConsumerContext consumer, int count, long ms) throws Exception {
        List<Message> list = new ArrayList<>();
        FetchConsumeOptions options = FetchConsumeOptions.builder().maxMessages(count).expiresIn(ms).build();
        try (FetchConsumer fetching = consumer.fetch(options)) {
            for (Message message = fetching.nextMessage(); message != null; message = fetching.nextMessage()) list.add(message);
        }
        return list;
    }

    static List<Message> fetch(BaseConsumerContext consumer, int count) throws Exception {
        return fetch(consumer, count, 2000);
    }

    static void acknowledge(Iterable<Message> messages) throws Exception {
        for (Message message : messages) message.ackSync(Duration.ofSeconds(2));
    }
}
