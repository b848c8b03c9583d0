package dev.kaya.benchmark;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Two classes of clients on a running server: eight polite ones that want twenty tokens, again and
 * again, alone, beside one greedy request ({@code n=64} of 4,096 tokens) and beside a hundred that
 * slide past the context; and those without the polite ones. In turns, several times over.
 *
 * <p>Arguments: the server's address, such as {@code http://localhost:8080}; then optionally the
 * seconds of each turn (20) and the number of rounds (3).
 */
public final class SharesBenchmark {

    private static final int POLITE = 8;
    private static final int POLITE_TOKENS = 20;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI server;
    private final PrintStream out;

    /** Who else asks, how often at a time, and for what. */
    private enum Others {
        NOBODY(0, ""),
        GREEDY(1, "\"n\": 64, "),
        SLIDING(100, "");

        private final int clients;
        private final String fields;

        Others(int clients, String fields) {
            this.clients = clients;
            this.fields = fields;
        }
    }

    /** What a turn brought. */
    private record Turn(double tokensPerSecond, double p50, double p95, int answers) {}

    private SharesBenchmark(URI server, PrintStream out) {
        this.server = server;
        this.out = out;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        var out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        var benchmark =
                new SharesBenchmark(
                        URI.create(args.length > 0 ? args[0] : "http://localhost:8080"), out);
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        benchmark.turn(POLITE, Others.GREEDY, seconds); // warms the server and this client
        for (int round = 0; round < rounds; round++) {
            benchmark.round(seconds);
        }
    }

    private void round(int seconds) throws IOException, InterruptedException {
        Turn calm = turn(POLITE, Others.NOBODY, seconds);
        print("polite alone", calm);
        for (Others others : List.of(Others.GREEDY, Others.SLIDING)) {
            String name = others.name().toLowerCase(Locale.ROOT);
            Turn alone = turn(0, others, seconds);
            Turn beside = turn(POLITE, others, seconds);
            print(name + " alone", alone);
            print("polite and " + name, beside);
            out.printf(
                    Locale.ROOT,
                    "  first token p95 %.2f times as long, tokens/s of all %.2f times%n",
                    beside.p95() / calm.p95(),
                    beside.tokensPerSecond() / alone.tokensPerSecond());
        }
    }

    private void print(String name, Turn turn) {
        out.printf(
                Locale.ROOT,
                "%-20s %8.0f tokens/s, first token p50 %6.1f p95 %6.1f ms, %d polite answers%n",
                name,
                turn.tokensPerSecond(),
                turn.p50(),
                turn.p95(),
                turn.answers());
    }

    private Turn turn(int polite, Others others, int seconds)
            throws IOException, InterruptedException {
        var stop = new AtomicBoolean();
        List<Long> firstTokens = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        String greedy = body(others.fields, 4_096, ", \"context_overflow\": \"slide\"");
        for (int i = 0; i < others.clients; i++) {
            threads.add(client(greedy, stop, new ArrayList<>()));
        }
        TimeUnit.SECONDS.sleep(others.clients > 0 ? 2 : 0);
        for (int i = 0; i < polite; i++) {
            threads.add(client(body("", POLITE_TOKENS, ""), stop, firstTokens));
        }
        double before = generated();
        long start = System.nanoTime();
        TimeUnit.SECONDS.sleep(seconds);
        double tokens = generated() - before;
        double took = (System.nanoTime() - start) / 1e9;
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        synchronized (firstTokens) {
            long[] sorted = firstTokens.stream().mapToLong(Long::longValue).sorted().toArray();
            return new Turn(
                    tokens / took, millis(sorted, 0.5), millis(sorted, 0.95), sorted.length);
        }
    }

    private static String body(String fields, int tokens, String more) {
        return "{\"prompt\": \"Once upon a time\", %s\"max_new_tokens\": %d, \"ignore_eos\": true,"
                        .formatted(fields, tokens)
                + " \"stream\": true"
                + more
                + "}";
    }

    private static double millis(long[] sorted, double quantile) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1, quantile * sorted.length)] / 1e6;
    }

    /** Tokens generated since the server began. */
    private double generated() throws IOException, InterruptedException {
        HttpRequest scrape = HttpRequest.newBuilder(server.resolve("/actuator/prometheus")).build();
        return http.send(scrape, BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("kaya_token_latency_seconds_count"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    /** Asks again and again; leaves when it is time. */
    private Thread client(String body, AtomicBoolean stop, List<Long> firstTokens) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            while (!stop.get()) {
                                ask(body, stop, firstTokens);
                            }
                        });
    }

    private void ask(String body, AtomicBoolean stop, List<Long> firstTokens) {
        HttpRequest request =
                HttpRequest.newBuilder(server.resolve("/v1/generate"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        long start = System.nanoTime();
        try {
            HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                boolean first = true;
                for (var each = lines.iterator(); !stop.get() && each.hasNext(); ) {
                    if (each.next().startsWith("event: token") && first) {
                        first = false;
                        synchronized (firstTokens) {
                            firstTokens.add(System.nanoTime() - start);
                        }
                    }
                }
            }
            if (response.statusCode() != 200) {
                TimeUnit.MILLISECONDS.sleep(200);
            }
        } catch (IOException | UncheckedIOException e) {
            out.println("a client was cut off: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
