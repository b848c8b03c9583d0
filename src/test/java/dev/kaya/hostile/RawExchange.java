package dev.kaya.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kaya.hostile.HostileRequests.Hostile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One request and what came of it, by hand over a connection of its own. */
public final class RawExchange {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int PIECES = 6;

    private RawExchange() {}

    /**
     * What became of a request.
     *
     * @param kind "200", the status and code of a refusal, "left", or a sentence about what is
     *     wrong
     * @param isRight whether that may be
     * @param millis from the end of sending to the end of the answer
     */
    public record Outcome(String kind, boolean isRight, long millis) {
        static Outcome wrong(String what, long start) {
            return new Outcome(what, false, since(start));
        }
    }

    public static Outcome run(int port, Hostile request) throws IOException, InterruptedException {
        try (var socket = new Socket()) {
            if (request.manner() == HostileRequests.Manner.READS_SLOWLY) {
                socket.setReceiveBufferSize(4_096);
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(PATIENCE_MILLIS);
            try {
                send(socket, request);
            } catch (IOException e) {
                return judge(socket, request, System.nanoTime()); // refused before all was sent
            }
            return judge(socket, request, System.nanoTime());
        }
    }

    private static void send(Socket socket, Hostile request)
            throws IOException, InterruptedException {
        OutputStream out = socket.getOutputStream();
        byte[] body = request.body();
        String head =
                "POST "
                        + request.path()
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n";
        out.write(head.getBytes(UTF_8));
        switch (request.manner()) {
            case SENDS_SLOWLY -> {
                int piece = body.length / PIECES + 1;
                for (int from = 0; from < body.length; from += piece) {
                    out.write(body, from, Math.min(piece, body.length - from));
                    out.flush();
                    TimeUnit.MILLISECONDS.sleep(request.millis());
                }
            }
            case HALF_CLOSES -> {
                out.write(body);
                socket.shutdownOutput();
            }
            case READS, LEAVES, READS_SLOWLY -> out.write(body);
        }
        out.flush();
    }

    private static Outcome judge(Socket socket, Hostile request, long start)
            throws InterruptedException {
        try {
            InputStream in = socket.getInputStream();
            return switch (request.manner()) {
                case LEAVES -> {
                    TimeUnit.MILLISECONDS.sleep(request.millis());
                    yield new Outcome("left", true, 0);
                }
                case READS_SLOWLY -> {
                    for (int i = 0; i < PIECES && in.readNBytes(1_000).length == 1_000; i++) {
                        TimeUnit.MILLISECONDS.sleep(request.millis());
                    }
                    yield new Outcome("read slowly", true, 0);
                }
                case READS, HALF_CLOSES, SENDS_SLOWLY ->
                        judge(afterInterim(in.readAllBytes()), start);
            };
        } catch (SocketTimeoutException e) {
            return Outcome.wrong("no answer within a minute", start);
        } catch (IOException e) {
            // A server that refuses a body closes the connection; what it said may be lost with it.
            boolean may = request.body().length > 100_000;
            return new Outcome("cut off: " + e.getMessage(), may, since(start));
        }
    }

    /** Without the interim answers by which a server learns whether its client is there. */
    private static byte[] afterInterim(byte[] answers) {
        String head = new String(answers, 0, Math.min(answers.length, 200), UTF_8);
        int end = head.indexOf("\r\n\r\n") + 4;
        return head.startsWith("HTTP/1.1 1") && end >= 4
                ? afterInterim(Arrays.copyOfRange(answers, end, answers.length))
                : answers;
    }

    private static long since(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static Outcome judge(byte[] raw, long start) {
        String head = new String(raw, 0, Math.min(raw.length, 4_000), UTF_8);
        int end = head.indexOf("\r\n\r\n");
        if (end < 0 || !head.startsWith("HTTP/1.1 ")) {
            return Outcome.wrong("no answer: " + raw.length + " bytes", start);
        }
        head = head.substring(0, end);
        int from = head.getBytes(UTF_8).length + 4;
        byte[] body = Arrays.copyOfRange(raw, from, raw.length);
        if (head.contains("Transfer-Encoding: chunked")) {
            body = unchunked(body);
        }
        int status = Integer.parseInt(head.substring(9, 12));
        if (body == null) {
            return Outcome.wrong(status + ", cut off in the middle", start);
        }
        if (head.contains("Content-Type: text/event-stream")) {
            String events = new String(body, UTF_8);
            return events.contains("event: done\n")
                    ? new Outcome("200 stream", true, since(start))
                    : Outcome.wrong("200 stream, not whole: " + last(events), start);
        }
        return judge(status, body, start);
    }

    private static String last(String text) {
        return text.substring(Math.max(0, text.length() - 200));
    }

    private static Outcome judge(int status, byte[] body, long start) {
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (JacksonException e) {
            return Outcome.wrong(status + " without JSON: " + last(new String(body, UTF_8)), start);
        }
        if (status == 200) {
            boolean whole =
                    json.path("outputs")
                            .valueStream()
                            .noneMatch(output -> output.path("finish_reason").isMissingNode());
            return new Outcome(whole ? "200" : "200, not whole", whole, since(start));
        }
        boolean refused = (status >= 400 && status < 500) || status == 503;
        String code = json.path("code").asString("without a code");
        return new Outcome(
                status + " " + code, refused && json.path("code").isString(), since(start));
    }

    /** The body of chunks; null when the last one is missing. */
    private static byte @Nullable [] unchunked(byte[] chunks) {
        var body = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int size = 0;
            while (at < chunks.length && chunks[at] != '\r') {
                size = 16 * size + Character.digit(chunks[at++], 16);
            }
            at += 2;
            if (at > chunks.length || at + size > chunks.length) {
                return null;
            }
            if (size == 0) {
                return body.toByteArray();
            }
            body.write(chunks, at, size);
            at += size + 2;
        }
    }
}
