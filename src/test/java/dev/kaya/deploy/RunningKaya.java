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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server started from a staged image on a free loopback port; closing it ends the process. */
final class RunningKaya implements AutoCloseable {

    private static final Path JDK_BIN = Path.of(System.getProperty("java.home"), "bin");

    private final StagedImage image;
    private final Process process;
    private final Path log;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private RunningKaya(StagedImage image, Process process, Path log, int port) {
        this.image = image;
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /**
     * Starts the image's entry point in an environment that has nothing but what the image sets.
     */
    static RunningKaya start(StagedImage image) throws IOException {
        return start(image, "");
    }

    /** The same with more options for the JVM. */
    static RunningKaya start(StagedImage image, String javaOptions) throws IOException {
        int port = ServerStart.freePort();
        Path log = Files.createTempFile(image.root().getParent(), "kaya", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(image.entryPoint())
                        .directory(image.workingDirectory().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        setEnvironment(builder, image, port);
        builder.environment()
                .merge("JDK_JAVA_OPTIONS", javaOptions, (ours, more) -> ours + " " + more);
        return new RunningKaya(image, ServerStart.endingWithThisJvm(builder.start()), log, port);
    }

    int port() {
        return port;
    }

    /** Waits until readiness answers 200. */
    void awaitReady() {
        ServerStart.awaitReady(process, port, this::output);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Posts a generation request. */
    HttpResponse<String> generate(String body) throws IOException, InterruptedException {
        return client.send(
                request("/v1/generate")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Runs the image's health check against this server; its exit code. */
    int healthCheck() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(image.healthCheck())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        setEnvironment(builder, image, port);
        return exitCode(builder.start());
    }

    /** Makes the JVM collect garbage, so that metrics of collections exist. */
    void collectGarbage() throws IOException, InterruptedException {
        Process command =
                new ProcessBuilder(
                                JDK_BIN.resolve("jcmd").toString(),
                                Long.toString(process.pid()),
                                "GC.run")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        assertThat(exitCode(command)).as("jcmd GC.run").isZero();
    }

    /** Sends SIGTERM and waits for the end; the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended by SIGTERM").isTrue();
        return process.exitValue();
    }

    /** What the server has printed. */
    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no output: " + e;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        client.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30));
    }

    private static void setEnvironment(ProcessBuilder builder, StagedImage image, int port) {
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", "");
        environment.clear();
        environment.put("PATH", path);
        environment.putAll(image.environment());
        environment.put("SERVER_ADDRESS", "127.0.0.1");
        environment.put("SERVER_PORT", Integer.toString(port));
    }

    private static int exitCode(Process process) throws InterruptedException {
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ended").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
