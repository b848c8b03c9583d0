package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.scheduler.TestLoop.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The loop, which computes every token once and slides its window, finds the ids of a decoder that
 * crops to the last context_length tokens and computes everything anew for every token.
 */
class GreedyAgreementTest {

    static Stream<Arguments> checkpointsAndStepTokens() {
        return Stream.of("names", "shakespeare-char", "hf-gpt2", "hf-llama")
                .flatMap(
                        name ->
                                Stream.of(
                                        Arguments.of(path(name), 7),
                                        Arguments.of(path(name), 256)));
    }

    private static Path path(String name) {
        return name.startsWith("hf-")
                ? TestDecoder.FIXTURES.resolve(name)
                : TestDecoder.CHECKPOINTS.resolve(name);
    }

    @ParameterizedTest
    @MethodSource("checkpointsAndStepTokens")
    void findsTheIdsOfFullRecomputation(Path path, int stepTokens)
            throws IOException, InterruptedException {
        LoadedModel model = ModelLoader.load(path);
        try (var decoder = new TestDecoder(model);
                var loop = new TestLoop(model, TestLoop.settings(1, 4, 16, stepTokens))) {
            int context = decoder.context();
            assertAgree(model, decoder, loop, 1, 12);
            assertAgree(model, decoder, loop, 5, 12);
            assertAgree(model, decoder, loop, context - 3, 3); // ends before the context does
            assertAgree(model, decoder, loop, context - 3, 12); // slides eight times
            assertAgree(model, decoder, loop, context, 1);
            assertAgree(model, decoder, loop, context, 12);
        }
    }

    private static void assertAgree(
            LoadedModel model, TestDecoder decoder, TestLoop loop, int length, int count)
            throws InterruptedException {
        int[] prompt = TestLoop.randomIds(model, length, length);
        Outcome outcome = loop.run(loop.greedy(prompt, count));

        assertThat(outcome.tokenIds()).isEqualTo(TestLoop.list(decoder.greedy(prompt, count)));
        assertThat(outcome.reason()).isEqualTo(FinishReason.LENGTH);
        assertThat(loop.loop.kvPool().reserved()).isZero();
    }
}
