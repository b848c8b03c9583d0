package dev.kaya.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivationBytesTest {

    private static final int ROWS = 37;
    private static final int OUTPUTS = 5;

    @Test
    void areThoseOfTheBuffersThatAreAllocated() {
        TransformerConfig gpt2 = RandomModels.gpt2Config(RandomModels.GPT2_MINI);
        for (TransformerConfig config : List.of(gpt2, gated(gpt2))) {
            ActivationBuffers buffers = ActivationBuffers.allocate(config, ROWS, OUTPUTS);
            long bytes = 0;
            long longest = 0;
            for (Rows rows :
                    List.of(
                            buffers.stream(),
                            buffers.normalized(),
                            buffers.queryKeyValue(),
                            buffers.mixed(),
                            buffers.hidden(),
                            buffers.projected(),
                            buffers.logits())) {
                bytes += (long) rows.data().length * Float.BYTES;
                longest = Math.max(longest, rows.data().length);
            }

            assertThat(ActivationBytes.ofStep(config, ROWS, OUTPUTS)).isEqualTo(bytes);
            assertThat(ActivationBytes.longestArray(config, ROWS, OUTPUTS)).isEqualTo(longest);
        }
    }

    private static TransformerConfig gated(TransformerConfig config) {
        return new TransformerConfig(
                new Dimensions(1000, 77, 40, 2),
                new AttentionShape(6, 2, 9),
                config.window(),
                config.positions(),
                config.normalization(),
                new FeedForward(70, Activation.SILU, true));
    }
}
