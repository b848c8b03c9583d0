package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What operators set, and what they do not do, in the jar as it is shipped. */
class OperatedJarIT {

    private static final String SHORT = "{\"prompt\": \"a\", \"max_new_tokens\": 1}";
    private static final String METRICS = "/actuator/prometheus";
    private static final String RUNNING = "(?s).*\nkaya_requests_running\\{[^}]*} [1-9].*";
    private static final String LONG =
            """
            {"prompt": "a", "max_new_tokens": 2000, "n": 4, "ignore_eos": true,
             "context_overflow": "slide", "timeout_ms": 60000}""";
    private static final Map<String, String> NONE = Map.of();

    /** More lines than a pipe of 64 kB and the queue of the log hold together. */
    private static final int MANY = 1700;

    @Test
    void answersThoughNobodyReadsItsLog() throws IOException, InterruptedException {
        try (var kaya = RunningJar.start(NONE)) {
            kaya.awaitReady(kaya.port());
            for (int i = 0; i < MANY; i++) {
                assertThat(kaya.generate(SHORT).statusCode()).isEqualTo(200);
            }
            String metrics = kaya.get(kaya.port(), METRICS).body();
            assertThat(metrics).containsPattern("(?m)^kaya_log_lines_dropped_total [1-9]");
            assertThat(kaya.readLogUntil("log lines were dropped, because"))
                    .contains("Serving names", "POST /v1/generate 200", "log lines were dropped");
        }
    }

    @Test
    void endsOnSigtermThoughNobodyReadsItsLog() throws IOException, InterruptedException {
        try (var kaya = RunningJar.start(NONE)) {
            kaya.awaitReady(kaya.port());
            for (int i = 0; i < MANY; i++) {
                assertThat(kaya.get(kaya.port(), "/v1/" + "x".repeat(300)).statusCode())
                        .isEqualTo(404);
            }
            assertThat(kaya.terminate()).isEqualTo(143);
        }
    }

    /** Whoever is still there when a process that stood still goes on gets its whole answer. */
    @Test
    void answersThoughTheProcessWasStoppedForAWhile() throws IOException, InterruptedException {
        try (var kaya = RunningJar.start(NONE)) {
            kaya.awaitReady(kaya.port());
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                answers.add(kaya.generateLater(LONG));
            }
            await().until(() -> kaya.get(kaya.port(), METRICS).body().matches(RUNNING));
            kaya.signal("STOP");
            assertThat(answers).noneMatch(CompletableFuture::isDone);
            LockSupport.parkNanos(Duration.ofSeconds(3).toNanos()); // what it has to live through
            kaya.signal("CONT");
            assertThat(kaya.generate(SHORT).statusCode()).isEqualTo(200);
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                JsonNode outputs =
                        JsonMapper.shared().readTree(answer.join().body()).get("outputs");
                assertThat(outputs).hasSize(4);
                for (JsonNode output : outputs) {
                    assertThat(output.get("finish_reason").stringValue()).isEqualTo("length");
                    assertThat(output.get("token_ids").size()).isEqualTo(2_000);
                }
            }
        }
    }

    @Test
    void reportsWhyItDidNotStartAndWhatNothingReads() throws IOException, InterruptedException {
        try (var kaya =
                RunningJar.start(
                        Map.of("KAYA_MAX_SEQUENCE", "1"),
                        "--kaya.chekpoint=mine",
                        "--kaya.threads=0")) {
            String log = kaya.readLogUntil("\0");
            assertThat(log)
                    .contains("APPLICATION FAILED TO START", "threads", "must be greater than")
                    .contains("nothing reads kaya.chekpoint", "is kaya.checkpoint meant?")
                    .contains("\"KAYA_MAX_SEQUENCE\"); is kaya.max-sequences meant?");
            assertThat(kaya.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void standsBehindAPathPrefixWhenToldSo() throws IOException, InterruptedException {
        try (var kaya = RunningJar.start(Map.of("SERVER_FORWARD_HEADERS_STRATEGY", "framework"))) {
            kaya.awaitReady(kaya.port());
            String[] forwarded = {
                "X-Forwarded-Prefix", "/ai",
                "X-Forwarded-Proto", "https",
                "X-Forwarded-Host", "kaya.example.org"
            };
            var document = kaya.get(kaya.port(), "/v3/api-docs", forwarded).body();
            assertThat(JsonMapper.shared().readTree(document).at("/servers/0/url").asString())
                    .isEqualTo("https://kaya.example.org/ai");
            assertThat(
                            kaya.get(kaya.port(), "/swagger-ui.html", forwarded)
                                    .headers()
                                    .firstValue("Location"))
                    .get()
                    .asString()
                    .endsWith("/ai/swagger-ui/index.html");
        }
    }

    @Test
    void answersProbesOnAPortOfTheirOwnWhileAllConnectionsAreTaken()
            throws IOException, InterruptedException {
        int management = ServerStart.freePort();
        List<Socket> halfOpen = new ArrayList<>();
        try (var kaya =
                RunningJar.start(
                        Map.of("MANAGEMENT_SERVER_PORT", Integer.toString(management)),
                        "--management.server.address=127.0.0.1",
                        "--server.tomcat.max-connections=20",
                        "--server.tomcat.connection-timeout=10m")) {
            kaya.awaitReady(management);
            assertThat(kaya.get(kaya.port(), METRICS).statusCode()).isEqualTo(404);
            for (int i = 0; i < 40; i++) {
                var socket = new Socket(InetAddress.getLoopbackAddress(), kaya.port());
                socket.getOutputStream()
                        .write("GET /v1/models HTTP/1.1\r\nX-".getBytes(StandardCharsets.UTF_8));
                halfOpen.add(socket);
            }
            for (String path : List.of("/actuator/health/liveness", "/actuator/prometheus")) {
                assertThat(kaya.get(management, path).statusCode()).as(path).isEqualTo(200);
            }
            for (Socket socket : halfOpen) {
                socket.close();
            }
            assertThat(kaya.generate(SHORT).statusCode()).isEqualTo(200);
        }
    }
}
