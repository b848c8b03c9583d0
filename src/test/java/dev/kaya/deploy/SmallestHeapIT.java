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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The smallest heap that a server takes is the one that {@code inspect} tells, and it is enough for
 * as many long answers with log-probabilities as run at a time.
 */
class SmallestHeapIT {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final String JAR = System.getProperty("kaya.jar");
    private static final String STORIES = "checkpoints/stories";
    private static final Pattern LEAST = Pattern.compile("heap +-Xmx([0-9]+)m at least");
    private static final Pattern ADVISED = Pattern.compile("Start java with -Xmx([0-9]+)m");
    private static final int CLIENTS = 40;
    private static final String LONG_ANSWERS =
            """
            {"prompt": "%s", "max_new_tokens": 60, "n": 8, "logprobs": 20, "ignore_eos": true,
             "context_overflow": "stop"}"""
                    .formatted("Once upon a time there was a king. ".repeat(20));

    @TempDir private Path folder;

    @Test
    void survivesTheHeaviestLoadAndIsRefusedBelow() throws IOException, InterruptedException {
        int least = leastHeap();
        Path log = folder.resolve("server.log");
        int port = ServerStart.freePort();
        Process server = start(least, port, log);
        try (HttpClient client = HttpClient.newHttpClient()) {
            ServerStart.awaitReady(server, port, () -> read(log));
            List<Integer> statuses = load(client, port);

            assertThat(server.isAlive()).as(() -> read(log)).isTrue();
            assertThat(statuses).hasSize(CLIENTS).contains(200).isSubsetOf(200, 429, 503);
            assertThat(read(log)).doesNotContain("OutOfMemoryError");
        } finally {
            server.destroyForcibly().onExit().join();
        }
        // A heap of another size is divided a little otherwise.
        assertThat(number(ADVISED, refusal(least / 2))).isBetween(least - 16, least + 16);
    }

    private int leastHeap() throws IOException, InterruptedException {
        Path output = folder.resolve("inspect.txt");
        Process inspect =
                java(output, "-Xmx700m", "-jar", JAR, "inspect", STORIES, "--threads", "2");
        assertThat(inspect.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return number(LEAST, read(output));
    }

    private static int number(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private String refusal(int megabytes) throws IOException, InterruptedException {
        Path log = folder.resolve("refused.log");
        Process server = start(megabytes, ServerStart.freePort(), log);
        try {
            assertThat(server.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            server.destroyForcibly();
        }
        assertThat(server.exitValue()).as(() -> read(log)).isEqualTo(1);
        return read(log);
    }

    private static Process start(int megabytes, int port, Path log) throws IOException {
        return java(
                log,
                "-Xmx" + megabytes + "m",
                "-XX:+ExitOnOutOfMemoryError",
                "-jar",
                JAR,
                "--kaya.checkpoint=" + STORIES,
                "--kaya.threads=2",
                "--server.address=127.0.0.1",
                "--server.port=" + port);
    }

    private static Process java(Path output, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(JAVA.toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.add("-XX:+UseSerialGC");
        command.addAll(List.of(arguments));
        return ServerStart.endingWithThisJvm(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start());
    }

    /** All at once; how each is answered. */
    private static List<Integer> load(HttpClient client, int port) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/generate"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofMinutes(4))
                        .POST(HttpRequest.BodyPublishers.ofString(LONG_ANSWERS))
                        .build();
        List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
        }
        List<Integer> statuses = new ArrayList<>();
        for (CompletableFuture<HttpResponse<Void>> answer : answers) {
            statuses.add(answer.join().statusCode());
        }
        return statuses;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "no output: " + e;
        }
    }
}
