package dev.kaya.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.hostile.HostileRequests.Hostile;
import dev.kaya.hostile.HostileRequests.Manner;
import dev.kaya.hostile.RawExchange.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Hostile requests by their hundreds, or as many as {@code -Dtest.hostile.requests} says, against
 * the jar with the shipped flags and a heap of 700 MB: the server lives, each request is answered
 * wholly or refused, and afterwards nothing is missing. With 5,000 and more the clock counts too:
 * each answer within ten seconds, no pause of a stream beside above one, and a heap that has not
 * grown since a fifth of them. {@code -Dtest.hostile.only=SEED} sends one alone and shows it.
 */
class HostileRequestsIT {

    private static final int HEAP_MEGABYTES = 700;
    private static final int REQUESTS = Integer.getInteger("test.hostile.requests", 300);
    private static final Long ONLY = Long.getLong("test.hostile.only");
    private static final boolean COUNTS_TIME = REQUESTS >= 5_000;

    /** Most of them wait most of the time: for their deadline, or for a client that dawdles. */
    private static final int CLIENTS = COUNTS_TIME ? 48 : 16;

    private static final long LONGEST_ANSWER_MILLIS = 10_000;
    private static final long LONGEST_PAUSE_MILLIS = 1_000;
    private static final double HEAP_GROWTH = 1.1;

    /** Threads and files that come and go: of compilations, collections and kept connections. */
    private static final int SPARE = 24;

    private record Answered(long seed, Manner manner, Outcome outcome) {}

    private final List<Answered> answers = new ArrayList<>();
    private final AtomicLong next = new AtomicLong();

    @Test
    void nobodyIsHurt() throws Exception {
        try (ServerProcess server = ServerProcess.start(HEAP_MEGABYTES)) {
            if (ONLY != null) {
                send(server, HostileRequests.of(ONLY), true);
                report();
                return;
            }
            if (COUNTS_TIME) {
                server.warm();
            }
            var early = new StreamBeside(server.port());
            sendUntil(REQUESTS / 5, server);
            early.stop();
            server.awaitRest();
            long heapEarly = server.heapAfterCollection();
            int threadsEarly = server.threads();
            int filesEarly = server.files();
            var beside = new StreamBeside(server.port());
            sendUntil(REQUESTS, server);
            beside.stop();
            server.awaitRest();
            long heap = server.heapAfterCollection();
            report();
            System.out.printf(
                    "heap %,d then %,d bytes, threads %d then %d, files %d then %d, %s, %s%n",
                    heapEarly,
                    heap,
                    threadsEarly,
                    server.threads(),
                    filesEarly,
                    server.files(),
                    early,
                    beside);

            assertThat(server.isAlive()).as(server.output()).isTrue();
            assertThat(wrong()).isEmpty();
            early.assertUnhurt(COUNTS_TIME ? LONGEST_PAUSE_MILLIS : Long.MAX_VALUE);
            beside.assertUnhurt(COUNTS_TIME ? LONGEST_PAUSE_MILLIS : Long.MAX_VALUE);
            assertThat(server.threads()).isLessThanOrEqualTo(threadsEarly + SPARE);
            assertThat(server.files()).isLessThanOrEqualTo(filesEarly + SPARE);
            if (COUNTS_TIME) {
                assertThat((double) heap).isLessThanOrEqualTo(HEAP_GROWTH * heapEarly);
                assertThat(slowest().getFirst().outcome().millis())
                        .isLessThanOrEqualTo(LONGEST_ANSWER_MILLIS);
            }
        }
    }

    private void sendUntil(long end, ServerProcess server) throws InterruptedException {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofVirtual().start(() -> client(end, server)));
        }
        for (Thread client : clients) {
            client.join();
        }
        next.set(end);
    }

    private void client(long end, ServerProcess server) {
        for (long seed = next.getAndIncrement(); seed < end; seed = next.getAndIncrement()) {
            if (!server.isAlive()) {
                keep(HostileRequests.of(seed), new Outcome("the server is dead", false, 0));
                return;
            }
            send(server, HostileRequests.of(seed), false);
        }
    }

    private void send(ServerProcess server, Hostile request, boolean shown) {
        try {
            Outcome outcome = RawExchange.run(server.port(), request);
            keep(request, outcome);
            if (shown) {
                int length = Math.min(3_000, request.body().length);
                String body = new String(request.body(), 0, length, StandardCharsets.UTF_8);
                System.out.printf(
                        "%s %s%n%s%n%s%n", request.path(), request.manner(), body, outcome);
            }
        } catch (IOException e) {
            keep(request, new Outcome("no connection: " + e.getMessage(), false, 0));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keep(Hostile request, Outcome outcome) {
        synchronized (answers) {
            answers.add(new Answered(request.seed(), request.manner(), outcome));
        }
    }

    private List<Answered> wrong() {
        return answers.stream().filter(answer -> !answer.outcome().isRight()).toList();
    }

    private List<Answered> slowest() {
        return answers.stream()
                .sorted(Comparator.comparingLong((Answered each) -> -each.outcome().millis()))
                .limit(10)
                .toList();
    }

    private void report() {
        Map<String, Integer> kinds = new TreeMap<>();
        answers.forEach(answer -> kinds.merge(answer.outcome().kind(), 1, Integer::sum));
        kinds.forEach((kind, count) -> System.out.printf("%6d %s%n", count, kind));
        slowest().forEach(each -> System.out.printf("slow: %s%n", each));
    }
}
