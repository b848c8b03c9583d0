package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A fixed set of requests has the same answers alone, and among random others that arrive and
 * leave, whatever the size of the batch, the threads, the chunks of prompts, and what the prefix
 * cache holds.
 */
class InvarianceTest {

    private static final int REQUESTS = 6;

    @TempDir private Path folder;

    static Stream<Arguments> circumstances() {
        List<Arguments> all = new ArrayList<>();
        for (String model : List.of("gpt2", "llama")) {
            for (int batch : new int[] {2, 8, 32}) {
                for (int threads : new int[] {1, 2}) {
                    for (int chunk : new int[] {7, 256}) {
                        all.add(Arguments.of(model, batch, threads, chunk));
                    }
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("circumstances")
    void nobodyCanTellWhoElseIsServed(String name, int batch, int threads, int chunk)
            throws IOException, InterruptedException {
        LoadedModel model =
                name.equals("gpt2")
                        ? TinyCheckpoint.gpt2().add("wpe.weight", 256, 16).load(folder)
                        : TinyCheckpoint.llama()
                                .config("max_position_embeddings", "256")
                                .load(folder);
        List<List<Integer>> alone = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 1, 256))) {
                alone.add(loop.run(request(model, loop, i)).tokenIds());
            }
        }

        try (var loop = new TestLoop(model, TestLoop.settings(threads, batch, 256, chunk));
                var _ = new Others(model, loop, batch - 1)) {
            boolean cached = false;
            for (int round = 0; round < 2; round++) { // cold, then warm
                List<GenerationStream> streams = new ArrayList<>();
                for (int i = 0; i < REQUESTS; i++) {
                    streams.add(loop.submit(request(model, loop, i)));
                }
                for (int i = 0; i < REQUESTS; i++) {
                    Outcome outcome = TestLoop.drain(streams.get(i));
                    assertThat(outcome.tokenIds()).as("request %d", i).isEqualTo(alone.get(i));
                    cached |= outcome.finished().cachedTokens() > 0;
                }
            }
            assertThat(cached).isTrue();
            assertThat(loop.observer.widestStep()).isGreaterThan(1);
        }
    }

    /** Prompts of two beginnings, of all lengths; one text outgrows the context. */
    private static EngineRequest request(LoadedModel model, TestLoop loop, int number) {
        int[] prompt = prompt(model, number % 2, 40 + 30 * number);
        return loop.sampled(prompt, number == 5 ? 80 : 12, 1_000 + number);
    }

    private static int[] prompt(LoadedModel model, int beginning, int length) {
        int[] prompt = TestLoop.randomIds(model, beginning, length);
        prompt[length - 1] = length % 16;
        return prompt;
    }

    /** Keeps so many random requests in flight, each read to its end or left half-way. */
    private static final class Others implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();

        Others(LoadedModel model, TestLoop loop, int count) {
            for (int i = 0; i < count; i++) {
                var random = new Random(i);
                threads.add(Thread.ofVirtual().start(() -> run(model, loop, random)));
            }
        }

        private void run(LoadedModel model, TestLoop loop, Random random) {
            try {
                while (!stopped.get()) {
                    int[] prompt = prompt(model, random.nextInt(3), 1 + random.nextInt(200));
                    EngineRequest task =
                            loop.sampled(prompt, 1 + random.nextInt(70), random.nextLong());
                    GenerationStream stream =
                            loop.submit(TestLoop.times(1 + random.nextInt(3), task));
                    int patience = random.nextInt(120);
                    while (!(stream.next(TestLoop.PATIENCE) instanceof Finished)) {
                        if (--patience == 0) {
                            stream.cancel();
                        }
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            stopped.set(true);
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
