package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A seed means the same text, whatever else runs and however the work is cut. */
class RepeatabilityTest {

    private static final int SEQUENCES = 9;

    static Stream<Path> architectures() {
        return Stream.of(
                TestDecoder.CHECKPOINTS.resolve("names"),
                TestDecoder.FIXTURES.resolve("hf-gpt2"),
                TestDecoder.FIXTURES.resolve("hf-llama"));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void theSameSeedGivesTheSameIdsTwice(Path path) throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(path);
        assertThat(alone(model)).isEqualTo(alone(model));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void neighboursChunksAndThreadsDoNotChangeIds(Path path)
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(path);
        List<Outcome> expected = alone(model);
        for (int stepTokens : new int[] {1, 3, 16, 256}) {
            for (int threads : new int[] {1, 2}) {
                assertThat(together(model, threads, stepTokens))
                        .as("%d tokens a step, %d threads", stepTokens, threads)
                        .extracting(Outcome::tokenIds)
                        .isEqualTo(expected.stream().map(Outcome::tokenIds).toList());
            }
        }
    }

    /** One after the other, each alone. */
    private static List<Outcome> alone(LoadedModel model) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, SEQUENCES, 256))) {
            for (int i = 0; i < SEQUENCES; i++) {
                outcomes.add(loop.run(task(model, loop, i)));
            }
            assertThat(loop.observer.widestStep()).isEqualTo(1);
        }
        return outcomes;
    }

    /** All at once; those that are done leave the others behind. */
    private static List<Outcome> together(LoadedModel model, int threads, int stepTokens)
            throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        LoopSettings settings = TestLoop.settings(threads, SEQUENCES, SEQUENCES, stepTokens);
        try (var loop = new TestLoop(model, settings)) {
            List<GenerationStream> streams = new ArrayList<>();
            for (int i = 0; i < SEQUENCES; i++) {
                streams.add(loop.submit(task(model, loop, i)));
            }
            for (GenerationStream stream : streams) {
                outcomes.add(TestLoop.drain(stream));
            }
            assertThat(loop.observer.widestStep()).isGreaterThan(1);
        }
        return outcomes;
    }

    /** Prompts of all lengths; of microgpt's short context most texts slide out. */
    private static EngineRequest task(LoadedModel model, TestLoop loop, int number) {
        var random = new Random(number);
        int context = model.model().config().dimensions().context();
        int length = 1 + random.nextInt(Math.min(context, 48));
        int[] prompt = TestLoop.randomIds(model, number, length);
        return loop.sampled(prompt, 10 + random.nextInt(14), 1_000 + number);
    }
}
