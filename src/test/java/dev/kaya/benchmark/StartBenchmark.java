package dev.kaya.benchmark;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Time from starting a server to its first answer, and its resident memory through a thousand
 * requests. Linux only: memory is read from {@code /proc}.
 *
 * <p>Arguments: the command that starts a server on port 18081, such as {@code java
 * --add-modules=jdk.incubator.vector -jar target/kaya.jar --server.port=18081}.
 */
public final class StartBenchmark {

    private static final URI GENERATE = URI.create("http://127.0.0.1:18081/v1/generate");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);
    private static final int REQUESTS = 1000;

    private final HttpClient client = HttpClient.newHttpClient();

    private StartBenchmark() {}

    public static void main(String[] command) throws IOException, InterruptedException {
        var out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        var benchmark = new StartBenchmark();
        var _ =
                benchmark.client.sendAsync(
                        request(1), HttpResponse.BodyHandlers.discarding()); // warms us
        long start = System.nanoTime();
        Process server =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            double seconds = benchmark.firstAnswer(server, start);
            out.printf(Locale.ROOT, "first answer after %.2f s%n", seconds);
            long most = memory(server);
            for (int i = 0; i < REQUESTS; i++) {
                if (benchmark.ask(8) != 200) {
                    throw new IOException("request " + i + " failed");
                }
                most = Math.max(most, memory(server));
            }
            out.printf(
                    Locale.ROOT,
                    "at most %d MB resident through %d requests%n",
                    most / 1024,
                    REQUESTS);
        } finally {
            server.destroy();
            server.waitFor();
        }
    }

    private double firstAnswer(Process server, long start)
            throws IOException, InterruptedException {
        while (System.nanoTime() - start < PATIENCE && server.isAlive()) {
            try {
                if (ask(8) == 200) {
                    return (System.nanoTime() - start) / 1e9;
                }
            } catch (IOException e) {
                LockSupport.parkNanos(10_000_000); // nobody listens yet
            }
        }
        throw new IOException("no answer");
    }

    private int ask(int tokens) throws IOException, InterruptedException {
        return client.send(request(tokens), HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private static HttpRequest request(int tokens) {
        return HttpRequest.newBuilder(GENERATE)
                .header("Content-Type", "application/json")
                .POST(
                        HttpRequest.BodyPublishers.ofString(
                                "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": "
                                        + tokens
                                        + "}"))
                .build();
    }

    /** Kilobytes resident, from the kernel's own account. */
    private static long memory(Process server) throws IOException {
        Path status = Path.of("/proc/" + server.pid() + "/status");
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS in " + status);
    }
}
