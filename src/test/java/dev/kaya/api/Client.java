package dev.kaya.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;

/**
 * Talks to one server as its clients do.
 *
 * @param http that keeps connections
 * @param port on this machine
 */
record Client(HttpClient http, int port) {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String JSON = "application/json";

    static Client of(int port) {
        return new Client(
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(), port);
    }

    /** What stands in front of every path. */
    String base() {
        return "http://localhost:" + port;
    }

    /** A request to build on. */
    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(base() + path)).timeout(PATIENCE);
    }

    /** A request with a body of JSON. */
    HttpRequest.Builder posting(String path, BodyPublisher body) {
        return to(path).header("Content-Type", JSON).POST(body);
    }

    Answer get(String path) {
        return send(to(path).GET());
    }

    Answer post(String path, String body) {
        return send(posting(path, BodyPublishers.ofString(body)));
    }

    Answer post(String path, String body, String accept) {
        return send(posting(path, BodyPublishers.ofString(body)).header("Accept", accept));
    }

    /** Asks for a text and reads the whole answer. */
    Answer generate(String body) {
        return post("/v1/generate", body);
    }

    /** The answer of a request that must succeed. */
    JsonNode generated(String body) {
        return generate(body).json();
    }

    /** The events of a request that must succeed. */
    Events streamed(String body) {
        return Events.of(post("/v1/generate", body, "text/event-stream"));
    }

    /** Asks for a text without waiting for it. */
    CompletableFuture<Answer> generateLater(String body) {
        HttpRequest request = posting("/v1/generate", BodyPublishers.ofString(body)).build();
        return http.sendAsync(request, BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenApply(Client::answer);
    }

    Answer send(HttpRequest.Builder request) {
        try {
            return answer(
                    http.send(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Answer answer(HttpResponse<String> response) {
        return Answer.of(response.statusCode(), response.headers(), response.body());
    }

    /** What is measured now. */
    Metrics metrics() {
        return Metrics.of(get("/actuator/prometheus"));
    }

    /** Waits until the model is served and nothing runs. */
    void awaitIdle() {
        Poll.until(
                () -> get("/actuator/health/readiness").status() == 200,
                "the server never became ready");
        Poll.until(
                () -> {
                    Metrics now = metrics();
                    return now.value("kaya_requests_running") == 0
                            && now.value("kaya_requests_waiting") == 0;
                },
                "requests never ended");
    }
}
