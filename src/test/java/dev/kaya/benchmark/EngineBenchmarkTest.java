package dev.kaya.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.model.RandomModels;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is counted, never how fast it was. */
class EngineBenchmarkTest {

    private static final TransformerConfig GPT2 = RandomModels.gpt2Config(RandomModels.GPT2_SMALL);
    private static final long GIGABYTE = 1_000_000_000;

    @Test
    void countsWhatAStepReadsAndComputes() {
        var model = RandomModels.gpt2(new Dimensions(100, 32, 64, 3));
        StepCost cost = StepCost.of(model);
        long block = 12L * 64 * 64;
        assertThat(cost.blockBytes()).isEqualTo(3 * block * 4);
        assertThat(cost.headBytes()).isEqualTo(128 * 64 * 4); // padded to whole panels
        assertThat(cost.bytes(0)).isEqualTo(cost.blockBytes());
        assertThat(cost.bytes(5)).isEqualTo(cost.blockBytes() + cost.headBytes());
        double attention = 2 * 64; // scores and mix, one head of 64
        // Of the last block all tokens need a quarter: queries, keys and values.
        assertThat(cost.flops(7, 2, 28, 13))
                .isEqualTo(
                        2
                                * (7 * 2.25 * block
                                        + 2 * (0.75 * block + 100 * 64)
                                        + (28 * 2 + 13) * attention));
    }

    /** A second sequence's prompt is shared out over steps in which the first decodes already. */
    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void countsEveryTokenOfEverySequence(int promptTokens) throws IOException {
        LoadedModel model = ModelLoader.load(Path.of("src/test/resources/fixtures/hf-llama"));
        int newTokens = 6;
        int sequences = 3;
        var workload = new Workload(promptTokens, newTokens, sequences, 2, 1);
        BenchmarkResult result = EngineBenchmark.run(model, workload, KernelProvider.best());

        StepCost cost = StepCost.of(model.model());
        long seen = promptTokens * (promptTokens + 1L) / 2;
        double prompt = cost.flops(promptTokens, 1, seen, promptTokens);
        double decoded = 0;
        for (int i = 1; i <= newTokens; i++) {
            decoded += cost.flops(1, 1, promptTokens + i, promptTokens + i);
        }
        assertFlops(result.prefill(), promptTokens, prompt);
        assertFlops(result.decode(), newTokens, decoded);
        assertFlops(result.together(), sequences * (newTokens + 1), sequences * (prompt + decoded));
        assertThat(result.decode().bytes() / result.decode().tokens())
                .isEqualTo((double) cost.bytes(1));

        Positions positions = result.positions();
        assertThat(positions).isNotNull();
        if (positions != null) {
            assertThat(positions.earlyPosition()).isEqualTo(12);
            assertThat(positions.latePosition()).isEqualTo(112);
            assertFlops(positions.late(), 1, cost.flops(1, 1, 112, 112) + 8.5 * perPosition(cost));
        }
    }

    private static double perPosition(StepCost cost) {
        return 2 * cost.blocks() * cost.positionMultiplyAdds();
    }

    private static void assertFlops(Measure measure, int tokens, double flops) {
        assertThat(measure.flops() / measure.tokens()).isCloseTo(flops / tokens, within(0.5));
        assertThat(measure.tokens() % tokens).isZero();
    }

    @Test
    void fitsTheContextExactly() throws UnfitWorkloadException {
        new Workload(960, 64, 1, 1, 1).check(GPT2, GIGABYTE);
        assertThatThrownBy(() -> new Workload(960, 65, 1, 1, 1).check(GPT2, GIGABYTE))
                .isInstanceOf(UnfitWorkloadException.class)
                .hasMessage(
                        "--new-tokens must be at most 64 after 960 prompt tokens in the model's"
                                + " context of 1024; given 65");
        assertThatThrownBy(() -> new Workload(1024, 1, 1, 1, 1).check(GPT2, GIGABYTE))
                .hasMessage(
                        "--prompt-tokens must be below the model's context of 1024; given 1024");
    }

    @Test
    void fitsTheHeap() throws UnfitWorkloadException {
        new Workload(256, 64, 8, 2, 1).check(GPT2, GIGABYTE);
        assertThatThrownBy(() -> new Workload(256, 64, 64, 2, 1).check(GPT2, GIGABYTE))
                .isInstanceOf(UnfitWorkloadException.class)
                .hasMessageMatching(
                        "64 sequences of 320 tokens need 1,[45]\\d\\d MiB beside the weights but the"
                                + " heap has room for 858 MiB: lower --sequences, or start java with a"
                                + " larger -Xmx");
    }

    @Test
    void readsTheLateWindowFromTheContext() {
        assertThat(Positions.fit(63)).isFalse();
        assertThat(Positions.fit(64)).isTrue();
        assertThat(Positions.late(64)).isEqualTo(48);
        assertThat(Positions.late(131_072)).isEqualTo(1008);
        assertThat(Positions.early(1024)).isEqualTo(102);
    }
}
