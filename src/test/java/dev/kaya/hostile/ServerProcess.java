package dev.kaya.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.kaya.deploy.ServerStart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The jar with the shipped flags in a process of its own; closing it ends the process. */
final class ServerProcess implements AutoCloseable {

    private static final Path JDK_BIN = Path.of(System.getProperty("java.home"), "bin");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Pattern USED = Pattern.compile("total \\d+K, used (\\d+)K");

    private final Process process;
    private final Path log;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private ServerProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** Starts it with a heap of so many megabytes, and waits until it is ready. */
    static ServerProcess start(int heapMegabytes) throws IOException {
        int port = ServerStart.freePort();
        Path log = Path.of("target", "hostile-server.log"); // to be looked at afterwards
        Process process =
                new ProcessBuilder(
                                JDK_BIN.resolve("java").toString(),
                                "@deploy/jvm.args",
                                "-Xmx" + heapMegabytes + "m",
                                "-jar",
                                System.getProperty("kaya.jar", "target/kaya.jar"),
                                "--server.address=127.0.0.1",
                                "--server.port=" + port)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        var server = new ServerProcess(ServerStart.endingWithThisJvm(process), log, port);
        ServerStart.awaitReady(process, port, server::output);
        return server;
    }

    int port() {
        return port;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The end of what it has printed. */
    String output() {
        try {
            String all = Files.readString(log);
            return all.substring(Math.max(0, all.length() - 4_000));
        } catch (IOException e) {
            return "no output: " + e;
        }
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30));
    }

    /**
     * Serves ordinary requests for a while, so that the JVM has compiled what they need: the clock
     * of a test shall tell what requests do to each other, not how a process starts.
     */
    void warm() throws InterruptedException {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int prompt = 3 + 12 * i;
            clients.add(Thread.ofVirtual().start(() -> warm(prompt)));
        }
        for (Thread each : clients) {
            each.join();
        }
    }

    private void warm(int prompt) {
        for (int i = 0; i < 60; i++) {
            String body =
                    """
                    {"prompt": "%s", "max_new_tokens": 60, "n": %d, "logprobs": %d}"""
                            .formatted("a king ".repeat(prompt), 1 + i % 3, i % 2);
            HttpRequest post =
                    request("/v1/generate")
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            try {
                client.send(post, HttpResponse.BodyHandlers.ofString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The value of a series without labels but the model's. */
    double metric(String name) throws IOException, InterruptedException {
        return get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** Waits until nobody is served and every page has come back. */
    void awaitRest() {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                metric("kaya_requests_running") == 0
                                        && metric("kaya_requests_waiting") == 0
                                        && metric("kaya_kv_cache_usage") == 0);
    }

    /** What a full collection leaves of the heap, in bytes. */
    long heapAfterCollection() throws IOException, InterruptedException {
        jcmd("GC.run");
        Matcher used = USED.matcher(jcmd("GC.heap_info"));
        long bytes = 0;
        while (used.find()) {
            bytes += Long.parseLong(used.group(1)) << 10;
        }
        assertThat(bytes).isPositive();
        return bytes;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process jcmd =
                new ProcessBuilder(
                                JDK_BIN.resolve("jcmd").toString(),
                                Long.toString(process.pid()),
                                command)
                        .redirectErrorStream(true)
                        .start();
        String printed = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jcmd.waitFor(60, TimeUnit.SECONDS)).as(printed).isTrue();
        return printed;
    }

    int threads() throws IOException {
        return entries("task");
    }

    int files() throws IOException {
        return entries("fd");
    }

    private int entries(String folder) throws IOException {
        try (var all = Files.list(Path.of("/proc/" + process.pid() + "/" + folder))) {
            return (int) all.count();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        client.close();
    }
}
