package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.hostile.HostileRequests;
import dev.kaya.hostile.HostileRequests.Hostile;
import dev.kaya.hostile.HostileRequests.Manner;
import dev.kaya.hostile.RawExchange;
import dev.kaya.hostile.RawExchange.Outcome;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Clients of every kind for a while: half a minute, or {@code -Dtest.soak.seconds}. Afterwards
 * nothing may be missing: no page, no thread, no request, and no memory beyond what a third of the
 * time took already.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "kaya.max-sequences=6",
            "kaya.queue-capacity=8",
            "kaya.kv-cache-memory=12MB",
            "kaya.slow-client-timeout=2s",
            "logging.level.dev.kaya.access=off"
        })
class SoakIT {

    private static final int CLIENTS = 16;
    private static final int SECONDS = Integer.getInteger("test.soak.seconds", 30);

    private static final int KINDS = 14;
    private static final List<Hostile> HOSTILE = hostile(40);

    // What the collector leaves differs by some megabytes from one look to the next.
    private static final long MEMORY_TOLERANCE = 12L << 20;

    @LocalServerPort private int port;
    private Client client;

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final List<Throwable> failures = new ArrayList<>();

    @BeforeEach
    void connect() {
        client = Client.of(port);
    }

    @Test
    void nothingIsLostWhateverClientsDo() throws InterruptedException {
        client.awaitIdle();
        for (int kind = 0; kind < KINDS; kind++) {
            act(kind, new Random(kind)); // threads and buffers that stay are there afterwards
        }
        sendEveryHostileOne();
        awaitRest();
        Metrics before = client.metrics();
        int threadsBefore = platformThreads();
        sent.set(0);
        List<Thread> clients = start();
        TimeUnit.SECONDS.sleep(SECONDS / 3);
        long memoryEarly = memory();
        TimeUnit.SECONDS.sleep(SECONDS - SECONDS / 3);
        stopped.set(true);
        for (Thread thread : clients) {
            thread.join();
        }
        awaitRest();

        assertThat(failures).isEmpty();
        Metrics after = client.metrics();
        assertThat(after.value("kaya_kv_cache_usage")).isZero();
        assertThat(
                        grown(before, after, "kaya_requests_total")
                                + grown(before, after, "kaya_requests_rejected_total"))
                .isEqualTo(sent.get());
        assertThat(grown(before, after, "kaya_requests_total", "finish_reason=\"error\"")).isZero();
        for (String reason : List.of("length", "deadline", "cancelled")) {
            assertThat(grown(before, after, "kaya_requests_total", reason)).isPositive();
        }
        assertThat(answered).hasPositiveValue();
        assertThat(refused).hasPositiveValue();
        assertThat(platformThreads()).isLessThanOrEqualTo(threadsBefore);
        assertThat(memory()).isLessThanOrEqualTo(memoryEarly + MEMORY_TOLERANCE);
    }

    private static double grown(Metrics before, Metrics after, String name, String... labels) {
        return after.value(name, labels) - before.value(name, labels);
    }

    private List<Thread> start() {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            var random = new Random(1_000 + i);
            clients.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        while (!stopped.get()) {
                                            act(random.nextInt(KINDS), random);
                                        }
                                    }));
        }
        return clients;
    }

    /** Something that a client does. */
    private interface Act {
        void run() throws IOException, InterruptedException;
    }

    private void act(int kind, Random random) {
        act(() -> perform(kind, random));
    }

    private void act(Act act) {
        sent.incrementAndGet();
        try {
            act.run();
        } catch (IOException | RuntimeException | Error e) {
            synchronized (failures) {
                failures.add(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void perform(int kind, Random random) throws IOException, InterruptedException {
        switch (kind) {
            case 0, 1, 2 -> answered(client.generate(body(random, "")));
            case 3, 4 -> answered(client.generate(body(random, ", \"n\": 3")));
            case 5 -> answered(client.generate(body(random, ", \"timeout_ms\": 30")));
            case 6 -> answered(client.generate("{\"prompt\": 5}"));
            case 7 -> answered(client.generate("{\"max_new_tokens\": -1}"));
            case 8, 9 -> leave(body(random, ", \"stream\": " + (kind == 8)), random);
            case 10 -> readSlowly(body(random, ", \"stream\": true"), random);
            case 11, 12 -> beHostile(HOSTILE.get(random.nextInt(HOSTILE.size())));
            default -> answered(client.generate(body(random, ", \"stream\": true")));
        }
    }

    /** So many that read their answers, of those that {@code HostileRequestsIT} sends. */
    private static List<Hostile> hostile(int count) {
        List<Hostile> requests = new ArrayList<>();
        for (long seed = 0; requests.size() < count; seed++) {
            Hostile request = HostileRequests.of(seed);
            if (request.manner() == Manner.READS && request.path().equals("/v1/generate")) {
                requests.add(request);
            }
        }
        return requests;
    }

    /** Once each, so that what is kept of response formats is there before memory is looked at. */
    private void sendEveryHostileOne() throws InterruptedException {
        List<Thread> clients = new ArrayList<>();
        for (Hostile request : HOSTILE) {
            clients.add(Thread.ofVirtual().start(() -> act(() -> beHostile(request))));
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    private void beHostile(Hostile request) throws IOException, InterruptedException {
        Outcome outcome = RawExchange.run(port, request);
        assertThat(outcome.isRight()).as("%d: %s", request.seed(), outcome).isTrue();
        (outcome.kind().startsWith("200") ? answered : refused).incrementAndGet();
    }

    private void answered(Answer answer) {
        if (answer.status() == 200) {
            answered.incrementAndGet();
        } else {
            assertThat(answer.status()).isIn(400, 429);
            refused.incrementAndGet();
        }
    }

    /** Prompts with common beginnings; some of every fifth outgrow the context. */
    private static String body(Random random, String more) {
        boolean outgrows = random.nextInt(5) == 0;
        int sentences = outgrows ? 21 : random.nextInt(10); // of about eleven tokens
        String prompt = "The sun was warm and the day was long. ".repeat(sentences);
        int tokens = 1 + random.nextInt(60);
        return String.format(
                Locale.ROOT,
                "{\"prompt\": \"%s%d\", \"max_new_tokens\": %d, \"ignore_eos\": true%s}",
                prompt,
                random.nextInt(3),
                tokens,
                more);
    }

    private RawConnection send(String body) throws IOException {
        var connection = new RawConnection(port);
        connection.write(RawConnection.generateHeaders("Content-Length: " + body.length()));
        connection.write(body);
        return connection;
    }

    private void leave(String body, Random random) throws IOException, InterruptedException {
        try (RawConnection _ = send(body)) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(150));
        }
    }

    /** Reads the head of the answer, then nothing for a while, then goes. */
    private void readSlowly(String body, Random random) throws IOException, InterruptedException {
        try (RawConnection connection = send(body)) {
            connection.readUntil("\r\n\r\n");
            TimeUnit.MILLISECONDS.sleep(random.nextInt(1_000));
        }
    }

    private void awaitRest() {
        client.awaitIdle();
        Poll.until(
                () -> client.metrics().value("kaya_kv_cache_usage") == 0, "pages never came back");
    }

    /** Those that the engine, the server and whatever else started; not the JVM's own. */
    private static int platformThreads() {
        int count = 0;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            boolean ours =
                    thread.getName().startsWith("kaya") || thread.getName().contains("worker");
            count += ours ? 1 : 0;
        }
        return count;
    }

    /** The heap and direct buffers in use, by what a full collection leaves. */
    private static long memory() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            used =
                    Math.min(
                            used,
                            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        for (var pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            used += pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
        }
        return used;
    }
}
