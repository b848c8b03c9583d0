package dev.kaya.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.resolve.ResolvedCheckpoint;
import dev.kaya.engine.tensor.matrix.BrainFloat;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightFormatTest {

    private static final int Q8_BLOCK = 32;
    private static final Path LLAMA = TestDecoder.FIXTURES.resolve("gguf-llama");

    /** The reference is the file that llama.cpp's quantiser made of the same weights. */
    @Test
    void quantisesToTheBitsOfLlamaCppsQuantiser() throws IOException {
        LoadedModel quantised = ModelLoader.load(LLAMA.resolve("model-f32.gguf"), WeightFormat.Q8);
        LoadedModel reference = ModelLoader.load(LLAMA.resolve("model-q8_0.gguf"));

        assertThat(quantised.card().contents().heldAs()).isEqualTo(Set.of(DataType.Q8_0));
        assertSameBits(rows(quantised), rows(reference));
    }

    @ParameterizedTest
    @CsvSource({
        "model-f32.gguf, AUTO, F32",
        "model-f16.gguf, AUTO, F16",
        "model-bf16.gguf, AUTO, BF16",
        "model-q8_0.gguf, AUTO, Q8_0",
        "model-q4_0.gguf, AUTO, Q4_0",
        "model-q4_1.gguf, AUTO, Q4_1",
        "model-q5_0.gguf, AUTO, Q5_0",
        "model-q5_1.gguf, AUTO, Q5_1",
        "model-q4_k.gguf, AUTO, Q4_K",
        "model-q4_k_m.gguf, AUTO, Q4_K Q6_K",
        "model-q5_k.gguf, AUTO, Q5_K",
        "model-q6_k.gguf, AUTO, Q6_K",
        "model-q4_0.gguf, F32, F32",
        "model-q4_1.gguf, F32, F32",
        "model-q5_0.gguf, F32, F32",
        "model-q5_1.gguf, F32, F32",
        "model-q4_k.gguf, F32, F32",
        "model-q4_k_m.gguf, F32, F32",
        "model-q5_k.gguf, F32, F32",
        "model-q6_k.gguf, F32, F32",
        "model-q4_k_m.gguf, BF16, BF16",
        "model-q4_k_m.gguf, Q8, Q8_0",
        "model-q8_0.gguf, F32, F32",
        "model-bf16.gguf, F32, F32",
        "model-f16.gguf, F32, F32",
        "model-f16.gguf, Q8, Q8_0",
        "model-f32.gguf, BF16, BF16"
    })
    void keepsOrConverts(String file, WeightFormat format, String expected) throws IOException {
        LoadedModel model = ModelLoader.load(LLAMA.resolve(file), format);
        assertThat(model.card().contents().heldAs())
                .extracting(DataType::name)
                .containsExactlyInAnyOrder(expected.split(" "));
        if (format == WeightFormat.F32) { // widening is exact
            assertSameBits(rows(model), rows(ModelLoader.load(LLAMA.resolve(file))));
        }
    }

    @Test
    void bfloat16RoundsEveryWeightToTheNearest() throws IOException {
        Path file = LLAMA.resolve("model-f32.gguf");
        List<float[]> exact = rows(ModelLoader.load(file));
        List<float[]> rounded = rows(ModelLoader.load(file, WeightFormat.BF16));
        for (float[] row : exact) {
            for (int i = 0; i < row.length; i++) {
                row[i] = BrainFloat.toFloat(BrainFloat.of(row[i]));
            }
        }
        assertSameBits(rounded, exact);
    }

    /** Each file is quantised from the same weights: eight bits on top cost half a step more. */
    @Test
    void quantisedWeightsAreQuantisedAgain() throws IOException {
        Path file = LLAMA.resolve("model-q4_k_m.gguf");
        List<float[]> exact = rows(ModelLoader.load(file));
        List<float[]> again = rows(ModelLoader.load(file, WeightFormat.Q8));
        for (int row = 0; row < exact.size(); row++) {
            for (int from = 0; from < exact.get(row).length; from += Q8_BLOCK) {
                assertWithinHalfAStep(exact.get(row), again.get(row), from);
            }
        }
    }

    /** hf-gpt2 keeps linear weights as (inputs, outputs). */
    @Test
    void transposedWeightsAreQuantisedAlongTheirInputs() throws IOException {
        Path file = TestDecoder.FIXTURES.resolve("hf-gpt2");
        List<float[]> exact = rows(ModelLoader.load(file));
        List<float[]> quantised = rows(ModelLoader.load(file, WeightFormat.Q8));
        for (int row = 0; row < exact.size(); row++) {
            for (int from = 0; from < exact.get(row).length; from += Q8_BLOCK) {
                assertWithinHalfAStep(exact.get(row), quantised.get(row), from);
            }
        }
    }

    /** Half a step of rounding, and 2^-11 of the value for the scale's own rounding to half. */
    private static void assertWithinHalfAStep(float[] exact, float[] quantised, int from) {
        float largest = 0;
        for (int i = from; i < from + Q8_BLOCK; i++) {
            largest = Math.max(largest, Math.abs(exact[i]));
        }
        for (int i = from; i < from + Q8_BLOCK; i++) {
            assertThat(Math.abs(exact[i] - quantised[i]))
                    .isLessThanOrEqualTo(largest / 127 * 0.5001f + largest / 2048);
        }
    }

    @Test
    void matricesOfOtherThanWholeBlocksKeepTheirType() {
        assertThat(WeightFormat.Q8.packed(DataType.F32, 48)).isEqualTo(DataType.F32);
        assertThat(WeightFormat.Q8.packed(DataType.BF16, 16)).isEqualTo(DataType.BF16);
        assertThat(WeightFormat.Q8.packed(DataType.F64, 33)).isEqualTo(DataType.F32);
        assertThat(WeightFormat.Q8.packed(DataType.F64, 64)).isEqualTo(DataType.Q8_0);
    }

    /** What is told before loading: matrices to the byte, and four for all else. */
    @ParameterizedTest
    @CsvSource({
        "hf-gpt2, AUTO", // linear weights transposed, embeddings not
        "hf-gpt2, Q8",
        "hf-gpt2, BF16",
        "gguf-llama/model-q4_k_m.gguf, AUTO",
        "gguf-llama/model-q4_k_m.gguf, F32",
        "gguf-llama/model-q5_1.gguf, AUTO",
        "gguf-llama/model-q6_k.gguf, Q8"
    })
    void memoryIsKnownBeforeLoading(String file, WeightFormat format) throws IOException {
        Path path = TestDecoder.FIXTURES.resolve(file);
        LoadedModel model = ModelLoader.load(path, format);
        long vectors = 0;
        try (ResolvedCheckpoint resolved = ResolvedCheckpoint.open(path)) {
            NamedTensors weights = resolved.tensors();
            boolean tied = resolved.isTied();
            TensorSource positions = weights.find(WeightRole.POSITION_EMBEDDING, 0);
            for (TensorSource tensor : weights.served(tied)) {
                if (tensor.shape().size() == 1 || tensor.equals(positions)) {
                    vectors += tensor.elementCount() * Float.BYTES;
                }
            }
            assertThat(WeightLoader.packedBytes(weights, tied, format))
                    .isEqualTo(model.card().contents().bytes() + vectors);
        }
    }

    private static void assertSameBits(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int row = 0; row < actual.size(); row++) {
            assertThat(actual.get(row)).isEqualTo(expected.get(row));
        }
    }

    /** Every row of every matrix, widened, layer by layer. */
    private static List<float[]> rows(LoadedModel model) {
        List<float[]> rows = new ArrayList<>();
        var weights = model.model().weights();
        TransformerConfig config = model.model().config();
        assertThat(weights.blocks()).hasSize(config.dimensions().layers());
        addRows(rows, weights.tokenEmbedding());
        for (var block : weights.blocks()) {
            addRows(rows, block.queryKeyValue().matrix());
            addRows(rows, block.attentionOutput().matrix());
            addRows(rows, block.up().matrix());
            addRows(rows, block.down().matrix());
        }
        addRows(rows, weights.head().matrix());
        return rows;
    }

    private static void addRows(List<float[]> rows, PackedMatrix matrix) {
        for (int output = 0; output < matrix.outputs(); output++) {
            float[] row = new float[matrix.inputs()];
            matrix.row(output, row, 0);
            rows.add(row);
        }
    }
}
