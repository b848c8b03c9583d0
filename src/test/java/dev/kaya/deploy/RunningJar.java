package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The jar run as the README says, on a free loopback port, with its log in a pipe that is read only
 * when somebody asks; closing it ends the process.
 */
final class RunningJar implements AutoCloseable {

    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private final Process process;
    private final int port;
    private final HttpClient client = HttpClient.newHttpClient();

    private RunningJar(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Starts it with variables of the environment and with arguments. */
    static RunningJar start(Map<String, String> environment, String... arguments)
            throws IOException {
        int port = ServerStart.freePort();
        List<String> command =
                new ArrayList<>(
                        List.of(
                                JAVA.toString(),
                                "@deploy/jvm.args",
                                "-Xmx300m",
                                "-jar",
                                System.getProperty("kaya.jar"),
                                "--kaya.checkpoint=checkpoints/names",
                                "--server.address=127.0.0.1",
                                "--server.port=" + port));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new RunningJar(ServerStart.endingWithThisJvm(builder.start()), port);
    }

    int port() {
        return port;
    }

    /** Waits until readiness answers 200 on a port. */
    void awaitReady(int onPort) {
        ServerStart.awaitReady(process, onPort, () -> "its log is in a pipe");
    }

    HttpResponse<String> get(int onPort, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(onPort, path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> generate(String body) throws IOException, InterruptedException {
        return client.send(generation(body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest generation(String body) {
        return request(port, "/v1/generate")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** Posts a generation request whose answer is waited for later. */
    CompletableFuture<HttpResponse<String>> generateLater(String body) {
        return client.sendAsync(generation(body), HttpResponse.BodyHandlers.ofString());
    }

    /** Sends a signal by its name, such as STOP. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .inheritIO()
                        .start();
        assertThat(kill.waitFor()).as("kill -" + name).isZero();
    }

    /** Sends SIGTERM and waits for the end, without reading; the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        return exitCode();
    }

    /** Waits for the end by itself; the exit code. */
    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        return process.exitValue();
    }

    /** Reads the log until a text was seen, or to its end; all that was read. */
    String readLogUntil(String text) throws IOException {
        var log = new StringBuilder();
        byte[] piece = new byte[8192];
        int read = 0;
        while (log.indexOf(text) < 0 && read >= 0) {
            read = process.getInputStream().read(piece);
            log.append(new String(piece, 0, Math.max(0, read), StandardCharsets.UTF_8));
        }
        return log.toString();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        client.close();
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(1));
    }
}
