package dev.kaya.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One client that streams the same text again and again, and notes how it comes. */
final class StreamBeside {

    private static final String BODY =
            "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 150, \"seed\": 5,"
                    + " \"ignore_eos\": true, \"stream\": true}";

    private final int port;
    private final Thread thread;
    private final Set<String> texts = new HashSet<>();
    private volatile boolean stopped;
    private int answers;
    private int refused;
    private int broken;
    private long longestPause;
    private long longestFirst;

    StreamBeside(int port) {
        this.port = port;
        thread = Thread.ofVirtual().start(this::run);
    }

    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    /** Every answer was whole and the same text, in its own time. */
    void assertUnhurt(long longestPauseMillis) {
        assertThat(answers).as("answers beside").isPositive();
        assertThat(broken).as("answers beside that were not whole").isZero();
        assertThat(texts).as("texts beside").hasSize(1);
        assertThat(TimeUnit.NANOSECONDS.toMillis(longestPause))
                .as("longest pause beside, ms")
                .isLessThanOrEqualTo(longestPauseMillis);
    }

    @Override
    public String toString() {
        return "beside: %d answers, %d refused, %d broken, longest pause %d ms, longest first token %d ms"
                .formatted(
                        answers,
                        refused,
                        broken,
                        TimeUnit.NANOSECONDS.toMillis(longestPause),
                        TimeUnit.NANOSECONDS.toMillis(longestFirst));
    }

    private void run() {
        while (!stopped) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream()
                        .write(
                                ("POST /v1/generate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                                + "Content-Type: application/json\r\nContent-Length: "
                                                + BODY.length()
                                                + "\r\n\r\n"
                                                + BODY)
                                        .getBytes(UTF_8));
                read(new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
            } catch (IOException e) {
                broken++;
            }
        }
    }

    private void read(BufferedReader lines) throws IOException {
        long begin = System.nanoTime();
        String first = String.valueOf(lines.readLine());
        if (!first.contains(" 200")) {
            refused++;
            broken += first.contains(" 429") || first.contains(" 503") ? 0 : 1;
            return;
        }
        var text = new StringBuilder();
        long last = 0;
        boolean done = false;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("event: token")) {
                long now = System.nanoTime();
                longestFirst = Math.max(longestFirst, last == 0 ? now - begin : 0);
                longestPause = Math.max(longestPause, last == 0 ? 0 : now - last);
                last = now;
            } else if (line.startsWith("data: {\"index\"")) {
                text.append(line);
            }
            done |= line.startsWith("event: done");
        }
        if (done) {
            answers++;
            texts.add(text.toString());
        } else {
            broken++;
        }
    }
}
