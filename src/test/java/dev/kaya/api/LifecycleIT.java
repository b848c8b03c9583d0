package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.springframework.http.HttpStatus.SERVICE_UNAVAILABLE;

import dev.kaya.registry.HoldingObserver;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a server begins and ends: wrong values, loading, draining. */
@ExtendWith(OutputCaptureExtension.class)
class LifecycleIT {

    private static final String SHORT = "{\"max_new_tokens\":1}";
    private static final String NOT_READY = "{\"status\":\"OUT_OF_SERVICE\"}";

    /** Starts with a wrong setting and reads what the operator is told. */
    private static void stopsTheStart(CapturedOutput log, String setting, String... told) {
        Throwable failure = catchThrowable(() -> RunningServer.start(setting).close());
        assertThat(failure).isNotNull();
        Poll.until( // a thread of its own writes the log
                () -> log.getAll().contains("Action:"), "the failure was not reported");
        assertThat(log.getAll()).contains("APPLICATION FAILED TO START").contains(told);
    }

    private static void awaitRunning(Client client) {
        Poll.until(
                () -> client.metrics().value("kaya_requests_running") == 1,
                "the request never ran");
    }

    private static void awaitDraining(Client client) {
        Poll.until(() -> client.generate(SHORT).status() == 503, "requests were still taken");
    }

    @Test
    void namesAWrongNumberOfThreads(CapturedOutput log) {
        stopsTheStart(
                log,
                "kaya.threads=0",
                "Property: kaya.threads\n",
                "Value: \"0\"\n",
                "Reason: must be greater than or equal to 1\n");
    }

    @Test
    void namesAValueThatIsNoNumber(CapturedOutput log) {
        stopsTheStart(
                log,
                "kaya.max-sequences=many",
                "Property: kaya.max-sequences\n",
                "Value: \"many\"\n",
                "java.lang.NumberFormatException: For input string: \"many\"");
    }

    @Test
    void namesAWrongDuration(CapturedOutput log) {
        stopsTheStart(
                log,
                "kaya.request-timeout=0ms",
                "Property: kaya.requestTimeout\n",
                "Value: \"PT0S\"\n",
                "Reason: must be longer than or equal to 1 milli");
    }

    @Test
    void namesAWrongSize(CapturedOutput log) {
        stopsTheStart(
                log,
                "kaya.limits.body-size=-1B",
                "Property: kaya.limits.bodySize\n",
                "Value: \"-1B\"\n",
                "Reason: must be at least 1024 bytes\n");
    }

    @Test
    void namesAWrongDefault(CapturedOutput log) {
        stopsTheStart(
                log,
                "kaya.defaults.top-p=1.5",
                "Property: kaya.defaults.topP\n",
                "Value: \"1.5\"\n",
                "Reason: must be less than or equal to 1\n");
    }

    @Test
    void saysThatTheModelIsBeingLoaded() {
        try (var holding = new HoldingObserver();
                RunningServer server = RunningServer.startObservedBy(holding)) {
            Client client = server.client();
            for (Answer refused :
                    new Answer[] {
                        client.generate(SHORT),
                        client.get("/v1/models"),
                        client.post("/v1/tokenize", "{\"text\": \"a\"}")
                    }) {
                refused.isProblem(
                        SERVICE_UNAVAILABLE,
                        "loading",
                        "the model is being loaded; try again soon");
                assertThat(refused.header("Retry-After")).isEqualTo("1");
            }
            assertThat(client.get("/actuator/health/readiness").status()).isEqualTo(503);
            assertThat(client.get("/actuator/health/readiness").body()).isEqualTo(NOT_READY);
            assertThat(client.get("/actuator/health/liveness").status()).isEqualTo(200);
            holding.letGo();
            Poll.until(
                    () -> client.get("/actuator/health/readiness").status() == 200,
                    "the server never became ready");
            assertThat(client.generate(SHORT).status()).isEqualTo(200);
        }
    }

    @Test
    void letsARunningRequestEndWhileNewOnesAreRefused() {
        RunningServer server = RunningServer.start("kaya.drain-timeout=30s");
        Client client = server.client();
        client.awaitIdle();
        var running =
                client.generateLater(
                        "{\"max_new_tokens\":4096,\"ignore_eos\":true,\"timeout_ms\":3000}");
        awaitRunning(client);
        CompletableFuture<Void> stopped = server.stop();
        awaitDraining(client);
        Answer refused = client.generate(SHORT);
        refused.isProblem(SERVICE_UNAVAILABLE, "shutting_down", "the server is shutting down");
        assertThat(refused.headers()).doesNotContainKey("Retry-After");
        assertThat(client.get("/actuator/health/readiness").status()).isEqualTo(503);
        JsonNode answer = running.join().json();
        assertThat(answer.get("outputs").get(0).get("finish_reason").stringValue())
                .isEqualTo("deadline");
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isPositive();
        stopped.join();
    }

    @Test
    void answersUnavailableToWhoeverCouldNotBeWaitedFor() {
        RunningServer server = RunningServer.start("kaya.drain-timeout=50ms");
        Client client = server.client();
        client.awaitIdle();
        var running = client.generateLater("{\"max_new_tokens\":4096,\"ignore_eos\":true}");
        awaitRunning(client);

        CompletableFuture<Void> stopped = server.stop();

        running.join()
                .isProblem(SERVICE_UNAVAILABLE, "shutting_down", "the server is shutting down");
        stopped.join();
    }

    @Test
    void endsAStreamWithAnErrorEventWhenTheTimeToDrainIsOver() throws IOException {
        RunningServer server = RunningServer.start("kaya.drain-timeout=50ms");
        Client client = server.client();
        client.awaitIdle();
        String endless = "{\"max_new_tokens\":4096,\"ignore_eos\":true,\"stream\":true}";
        try (RawConnection connection = new RawConnection(client.port())) {
            connection.write(RawConnection.generateHeaders("Content-Length: " + endless.length()));
            connection.write(endless);
            connection.readUntil("event: token");
            CompletableFuture<Void> stopped = server.stop();
            connection.readUntil("event: error\n");
            String data = connection.readUntil("\n\n").lines().findFirst().orElseThrow();
            assertThat(JsonMapper.shared().readTree(data.substring("data: ".length())))
                    .isEqualTo(
                            JsonMapper.shared()
                                    .readTree(
                                            """
                                            {"type": "about:blank",
                                             "title": "Service Unavailable", "status": 503,
                                             "detail": "the server is shutting down",
                                             "code": "shutting_down"}
                                            """));
            stopped.join();
        }
    }
}
