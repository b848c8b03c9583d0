package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The loop, which computes every token once and slides its window, finds the ids of a decoder that
 * crops to the last context_length tokens and computes everything anew for every token.
 */
class GreedyAgreementTest {

    static Stream<Path> checkpoints() {
        return Stream.of(
                TestDecoder.CHECKPOINTS.resolve("names"),
                TestDecoder.CHECKPOINTS.resolve("shakespeare-char"),
                TestDecoder.FIXTURES.resolve("hf-gpt2"),
                TestDecoder.FIXTURES.resolve("hf-llama"));
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void findsTheIdsOfFullRecomputation(Path path) throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(path);
        try (var decoder = new TestDecoder(model);
                var narrow = new TestLoop(model, TestLoop.settings(1, 4, 16, 7));
                var wide = new TestLoop(model, TestLoop.settings(1, 4, 16, 256))) {
            int context = decoder.context();
            int[][] lengthsAndCounts = {
                {1, 10},
                {5, 10},
                {context - 3, 3}, // ends before the context does
                {context - 3, 10}, // slides six times
                {context, 1},
                {context, 10},
            };
            for (int[] lengthAndCount : lengthsAndCounts) {
                int[] prompt = TestLoop.randomIds(model, 8, lengthAndCount[0]);
                int count = lengthAndCount[1];
                List<Integer> expected = TestLoop.list(decoder.greedy(prompt, count));
                assertFinds(narrow, prompt, expected);
                assertFinds(wide, prompt, expected);
            }
        }
    }

    private static void assertFinds(TestLoop loop, int[] prompt, List<Integer> expected)
            throws InterruptedException {
        Outcome outcome = loop.run(loop.greedy(prompt, expected.size()));

        assertThat(outcome.tokenIds()).isEqualTo(expected);
        assertThat(outcome.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(loop.loop.kvPool().reserved()).isZero();
    }
}
