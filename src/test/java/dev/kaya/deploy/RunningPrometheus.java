package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A real Prometheus on a free loopback port, with the shipped scrape file and rules; only targets
 * and intervals are others. Closing it ends the process.
 */
final class RunningPrometheus implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Process process;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private RunningPrometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one that scrapes a target.
     *
     * @param folder for its configuration and data
     * @param target host and port
     * @param interval of scrapes and rules
     */
    static RunningPrometheus start(Path folder, String target, String interval) throws IOException {
        int port = ServerStart.freePort();
        String shipped = Files.readString(ShippedFiles.PROMETHEUS.resolve("prometheus.yml"));
        String changed =
                shipped.replaceAll("(_(?:interval|timeout)): \\S+", "$1: " + interval)
                        .replace("- kaya:8080", "- " + target);
        assertThat(changed).contains(target).doesNotContain("kaya:8080");
        Path configuration = Files.writeString(folder.resolve("prometheus.yml"), changed);
        Files.copy(ShippedFiles.PROMETHEUS.resolve("rules.yml"), folder.resolve("rules.yml"));
        // Without prometheus on the path this throws: install Debian's package of that name.
        Process process =
                new ProcessBuilder(
                                "prometheus",
                                "--config.file=" + configuration,
                                "--storage.tsdb.path=" + folder.resolve("data"),
                                "--web.listen-address=127.0.0.1:" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("prometheus.log").toFile())
                        .start();
        return new RunningPrometheus(ServerStart.endingWithThisJvm(process), port);
    }

    /** Waits until it answers. */
    void awaitReady() {
        await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> {
                            assertThat(process.isAlive()).as("prometheus runs").isTrue();
                            return isReady();
                        });
    }

    /** The result of an instant query, which must be without error. */
    JsonNode query(String expression) throws IOException, InterruptedException {
        return data("/api/v1/query?query=" + encoded(expression)).get("result");
    }

    /** The values that a label has among the series of a selector. */
    JsonNode labelValues(String selector, String label) throws IOException, InterruptedException {
        return data("/api/v1/label/" + label + "/values?match[]=" + encoded(selector));
    }

    /** What a path of the HTTP API answers, which must be a success. */
    JsonNode data(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path.replace("[]", "%5B%5D"));
        JsonNode answer = JsonMapper.shared().readTree(response.body());
        assertThat(answer.path("status").asString())
                .as("%s: %s", path, response.body())
                .isEqualTo("success");
        return answer.get("data");
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        client.close();
    }

    private boolean isReady() throws IOException, InterruptedException {
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (ConnectException e) {
            return false;
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .timeout(TIMEOUT)
                        .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
