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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * What clients see of a running server: each asks for a text as a stream, reads it, and asks again.
 * Prompts are words drawn anew for each request, so that no prefix cache helps.
 *
 * <p>Arguments: the server's address, such as {@code http://localhost:8080}; then optionally the
 * numbers of clients (1,8,32,100), words of a prompt (100), new tokens (64), and seconds for each
 * number of clients (30). {@code long-prompt} in place of the numbers lets eight clients decode and
 * meanwhile sends prompts of so many words.
 */
public final class LoadBenchmark {

    private static final String[] WORDS = {
        "time",
        "people",
        "way",
        "water",
        "day",
        "man",
        "thing",
        "woman",
        "life",
        "child",
        "world",
        "school",
        "state",
        "family",
        "student",
        "group",
        "country",
        "problem",
        "hand",
        "part",
        "place",
        "case",
        "week",
        "company",
        "system",
        "program",
        "question",
        "work",
        "number",
        "night",
        "point",
        "home",
        "room",
        "mother",
        "area",
        "money",
        "story",
        "fact",
        "month",
        "lot"
    };
    private static final int TOO_MANY_REQUESTS = 429;

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI generate;
    private final int words;
    private final int newTokens;
    private final PrintStream out;

    private LoadBenchmark(URI server, int words, int newTokens, PrintStream out) {
        generate = server.resolve("/v1/generate");
        this.words = words;
        this.newTokens = newTokens;
        this.out = out;
    }

    public static void main(String[] args) throws InterruptedException {
        var out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        String clients = argument(args, 1, "1,8,32,100");
        var benchmark =
                new LoadBenchmark(
                        URI.create(argument(args, 0, "http://localhost:8080")),
                        Integer.parseInt(argument(args, 2, "100")),
                        Integer.parseInt(argument(args, 3, "64")),
                        out);
        int seconds = Integer.parseInt(argument(args, 4, "30"));
        if (clients.equals("long-prompt")) {
            benchmark.longPrompt(seconds);
            return;
        }
        out.println(
                "clients  tokens/s  first token p50, p95 ms  between tokens p50, p99 ms"
                        + "  answers  refused  failed");
        benchmark.run(2, 5); // warms the server and this client
        for (String count : List.of(clients.split(",", -1))) {
            benchmark.print(count, benchmark.run(Integer.parseInt(count), seconds));
        }
    }

    private static String argument(String[] args, int index, String otherwise) {
        return args.length > index ? args[index] : otherwise;
    }

    /** What all clients saw, in nanoseconds; one thread's at a time. */
    private static final class Tally {
        private final List<Long> firstTokens = new ArrayList<>();
        private final List<Long> betweenTokens = new ArrayList<>();
        private int answers;
        private int refused;
        private int failed;
        private long tokens;
        private double seconds;

        synchronized void answer(long start, List<Long> arrivals) {
            answers++;
            firstTokens.add(arrivals.getFirst() - start);
            for (int i = 1; i < arrivals.size(); i++) {
                betweenTokens.add(arrivals.get(i) - arrivals.get(i - 1));
            }
        }

        synchronized void count(int newTokens) {
            tokens += newTokens;
        }

        synchronized void refused() {
            refused++;
        }

        synchronized void failed() {
            failed++;
        }

        static double millis(List<Long> times, double quantile) {
            if (times.isEmpty()) {
                return Double.NaN;
            }
            long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
            return sorted[(int) Math.min(sorted.length - 1, quantile * sorted.length)] / 1e6;
        }
    }

    /** Tokens are counted while all clients ask; answers under way at the end are read out. */
    private Tally run(int clients, int seconds) throws InterruptedException {
        var tally = new Tally();
        var stop = new AtomicBoolean();
        long start = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            var random = new Random(client + 1_000L * clients);
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!stop.get()) {
                                            ask(prompt(random, words), newTokens, tally, stop);
                                        }
                                    }));
        }
        Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
        stop.set(true);
        tally.seconds = (System.nanoTime() - start) / 1e9;
        for (Thread thread : threads) {
            thread.join();
        }
        return tally;
    }

    private void print(String clients, Tally tally) {
        out.printf(
                Locale.ROOT,
                "%7s %9.1f %14.0f %8.0f %17.1f %9.1f %9d %8d %7d%n",
                clients,
                tally.tokens / tally.seconds,
                Tally.millis(tally.firstTokens, 0.5),
                Tally.millis(tally.firstTokens, 0.95),
                Tally.millis(tally.betweenTokens, 0.5),
                Tally.millis(tally.betweenTokens, 0.99),
                tally.answers,
                tally.refused,
                tally.failed);
    }

    /** Eight decode; every few seconds a long prompt comes along that wants one token. */
    private void longPrompt(int seconds) throws InterruptedException {
        run(8, 5);
        var decoding = new Tally();
        var arriving = new Tally();
        var stop = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int client = 0; client < 8; client++) {
            var random = new Random(client);
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!stop.get()) {
                                            ask(prompt(random, 4), 400, decoding, stop);
                                        }
                                    }));
        }
        var random = new Random(99);
        for (int i = 0; i < seconds / 5; i++) {
            Thread.sleep(TimeUnit.SECONDS.toMillis(5));
            ask(prompt(random, words), 1, arriving, stop);
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        double median = Tally.millis(decoding.betweenTokens, 0.5);
        double slowest = Tally.millis(decoding.betweenTokens, 0.99);
        out.printf(
                Locale.ROOT,
                "%d prompts of %d words, first token after %.0f ms (median); eight others between"
                        + " tokens: p50 %.1f ms, p99 %.1f ms, %.2f times as long%n",
                arriving.answers,
                words,
                Tally.millis(arriving.firstTokens, 0.5),
                median,
                slowest,
                slowest / median);
    }

    private static String prompt(Random random, int words) {
        var prompt = new StringBuilder();
        for (int i = 0; i < words; i++) {
            prompt.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return prompt.toString();
    }

    private void ask(String prompt, int count, Tally tally, AtomicBoolean stop) {
        String body =
                "{\"prompt\": \"%s\", \"max_new_tokens\": %d, \"ignore_eos\": true, \"stream\": true}"
                        .formatted(prompt, count);
        HttpRequest request =
                HttpRequest.newBuilder(generate)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        long start = System.nanoTime();
        try {
            HttpResponse<Stream<String>> response =
                    http.send(request, HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                read(response.statusCode(), lines, start, tally, stop);
            }
            if (response.statusCode() == TOO_MANY_REQUESTS) {
                Thread.sleep(200);
            }
        } catch (IOException | UncheckedIOException e) {
            tally.failed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void read(
            int status, Stream<String> lines, long start, Tally tally, AtomicBoolean stop) {
        if (status == TOO_MANY_REQUESTS) {
            tally.refused();
            return;
        }
        List<Long> arrivals = new ArrayList<>();
        boolean[] done = {false};
        lines.forEach(
                line -> {
                    if (line.equals("event: token")) {
                        arrivals.add(System.nanoTime());
                        if (!stop.get()) {
                            tally.count(1);
                        }
                    }
                    done[0] |= line.equals("event: done");
                });
        if (done[0] && !arrivals.isEmpty()) {
            tally.answer(start, arrivals);
        } else {
            tally.failed();
        }
    }
}
