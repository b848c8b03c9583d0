package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine that cannot go on tells its clients and ends the process, so that another can start.
 */
class DyingServerIT {

    @TempDir private Path folder;

    private static Process start(int port, Path log) throws IOException {
        return ServerStart.endingWithThisJvm(
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--add-modules=jdk.incubator.vector",
                                "-Xmx500m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                DyingServer.class.getName(),
                                "--server.address=127.0.0.1",
                                "--server.port=" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start());
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(1));
    }

    private static HttpRequest generate(int port, boolean stream) {
        return request(port, "/v1/generate")
                .header("Content-Type", "application/json")
                .POST(
                        HttpRequest.BodyPublishers.ofString(
                                """
                                {"prompt": "Once", "max_new_tokens": 4000, "ignore_eos": true,
                                 "stream": %b}"""
                                        .formatted(stream)))
                .build();
    }

    @Test
    void everyClientIsToldAndTheProcessEndsWithOne() throws IOException, InterruptedException {
        int port = ServerStart.freePort();
        Path log = folder.resolve("log");
        Process process = start(port, log);
        try (HttpClient client = HttpClient.newHttpClient()) {
            ServerStart.awaitReady(process, port, () -> read(log));
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(
                        client.sendAsync(
                                generate(port, i % 2 == 0), HttpResponse.BodyHandlers.ofString()));
            }
            for (int i = 0; i < answers.size(); i++) {
                HttpResponse<String> answer = answers.get(i).join();
                if (i % 2 == 0 && answer.statusCode() == 200) {
                    assertThat(answer.body())
                            .contains("event: error")
                            .contains("the server is shutting down");
                } else {
                    assertThat(answer.statusCode()).isEqualTo(503);
                    assertThat(answer.body()).contains("\"code\":\"shutting_down\"");
                }
            }
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(read(log)).contains("the hundredth step");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "no output: " + e;
        }
    }
}
