package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of llama.cpp's own quantiser, in which nothing is as regular as in blocks by hand. */
class QuantisedFilesTest {

    /**
     * Every quantised weight of a file, bit by bit. The expected checksums are of the same numbers
     * worked out in NumPy from the layouts, array by array in single precision; +0 and −0 count as
     * the same.
     */
    @ParameterizedTest
    @CsvSource({
        "model-q8_0.gguf, Q8_0, 9, 1fcac910",
        "model-q4_0.gguf, Q4_0, 9, d952af0b",
        "model-q4_1.gguf, Q4_1, 9, f63ffee2",
        "model-q5_0.gguf, Q5_0, 9, 67c72b3d",
        "model-q5_1.gguf, Q5_1, 9, 7efd1706",
        "model-q4_k.gguf, Q4_K, 9, 50f1bbf5",
        "model-q5_k.gguf, Q5_K, 9, 933146c0",
        "model-q6_k.gguf, Q6_K, 9, 21935e10",
        "model-q4_k_m.gguf, Q4_K, 6, 53eb1495",
        "model-q4_k_m.gguf, Q6_K, 3, 28feab48"
    })
    void weightsAreThoseThatTheLayoutsDefine(String file, DataType type, int tensors, String crc)
            throws IOException {
        var checksum = new CRC32();
        int seen = 0;
        var reader = new TensorReader(WeightFormat.AUTO);
        try (Checkpoint checkpoint =
                CheckpointReader.open(TestDecoder.FIXTURES.resolve("gguf-llama").resolve(file))) {
            for (TensorSource tensor : checkpoint.tensors().values()) {
                if (tensor.type() == type) {
                    add(reader.floats(tensor), checksum);
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(tensors);
        assertThat("%08x".formatted(checksum.getValue())).isEqualTo(crc);
    }

    private static void add(float[] weights, CRC32 checksum) {
        ByteBuffer bytes =
                ByteBuffer.allocate(weights.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float weight : weights) {
            bytes.putFloat(weight + 0f); // −0 becomes +0
        }
        checksum.update(bytes.array());
    }
}
