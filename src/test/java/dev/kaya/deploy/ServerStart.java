package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.Supplier;

/** How a server in a process of its own is started, up to its first answer. */
public final class ServerStart {

    private static final Duration START = Duration.ofMinutes(2);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private ServerStart() {}

    /** A loopback port that was free a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Sees to it that a process does not outlive the tests, even if they are interrupted. */
    public static Process endingWithThisJvm(Process process) {
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        return process;
    }

    /**
     * Waits until readiness answers 200.
     *
     * @param output what the process has printed, for the message when it has ended
     */
    public static void awaitReady(Process process, int port, Supplier<String> output) {
        await().atMost(START)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> {
                            assertThat(process.isAlive())
                                    .as(() -> "running: " + output.get())
                                    .isTrue();
                            return isReady(port);
                        });
    }

    private static boolean isReady(int port) throws InterruptedException {
        HttpRequest readiness =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/actuator/health/readiness"
                                                .formatted(port)))
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try {
            return CLIENT.send(readiness, HttpResponse.BodyHandlers.discarding()).statusCode()
                    == 200;
        } catch (IOException e) {
            return false; // nobody listens yet, or the server ends while it is asked
        }
    }
}
