package dev.kaya.engine.checkpoint.pytorch;

import static dev.kaya.engine.checkpoint.TestCheckpoints.floats;
import static dev.kaya.engine.checkpoint.TorchFiles.floatBytes;
import static dev.kaya.engine.checkpoint.TorchFiles.longs;
import static dev.kaya.engine.checkpoint.TorchFiles.stateDict;
import static dev.kaya.engine.checkpoint.TorchFiles.zip;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.ContiguousTensor;
import dev.kaya.engine.checkpoint.PickleBytes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.checkpoint.ZipBytes;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PytorchZipReaderTest {

    @TempDir Path folder;

    @Test
    void readsATransposedView() throws IOException {
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 6, 0, longs(3, 2), longs(1, 3)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(6))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 3, 1, 4, 2, 5);
        }
    }

    @Test
    void readsAPieceOfATransposedView() throws IOException {
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 6, 0, longs(3, 2), longs(1, 3)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(6))) {
            ByteBuffer piece = TestCheckpoints.bytes(only(checkpoint), 3, 2);
            assertThat(piece.getFloat()).isEqualTo(4);
            assertThat(piece.getFloat()).isEqualTo(2);
        }
    }

    @Test
    void readsACutOutView() throws IOException {
        byte[] pickle =
                stateDict(p -> p.view("FloatStorage", "0", 12, 5, longs(2, 2), longs(4, 1)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(12))) {
            assertThat(floats(only(checkpoint))).containsExactly(5, 6, 9, 10);
        }
    }

    @Test
    void readsAContiguousViewBehindAnOffset() throws IOException {
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 6, 2, longs(2, 2), longs(2, 1)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(6))) {
            assertThat(only(checkpoint)).isInstanceOf(ContiguousTensor.class);
            assertThat(floats(only(checkpoint))).containsExactly(2, 3, 4, 5);
        }
    }

    @Test
    void readsAnExpandedView() throws IOException {
        byte[] pickle = stateDict(p -> p.view("FloatStorage", "0", 2, 0, longs(2, 2), longs(0, 1)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(2))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1, 0, 1);
        }
    }

    @Test
    void readsAnEmptyTensor() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("empty")
                        .view("FloatStorage", "0", 0, 0, longs(0, 3), longs(3, 1))
                        .op('s')
                        .text("w")
                        .vector("1", 1)
                        .op('s')
                        .stop();
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", pickle)
                        .entry("a/data/0", new byte[0])
                        .entry("a/data/1", floatBytes(1))
                        .finish();
        try (Checkpoint checkpoint = CheckpointReader.open(write(zip))) {
            assertThat(checkpoint.tensors()).containsOnlyKeys("empty", "w");
            TestCheckpoints.readAll(checkpoint);
        }
    }

    @Test
    void swapsTheBytesOfABigEndianFile() throws IOException {
        byte[] bigEndian = ByteBuffer.allocate(8).putFloat(1.5f).putFloat(-2).array();
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", stateDict(p -> p.vector("0", 2)))
                        .entry("a/byteorder", "big".getBytes(StandardCharsets.UTF_8))
                        .entry("a/data/0", bigEndian)
                        .finish();
        try (Checkpoint checkpoint = CheckpointReader.open(write(zip))) {
            assertThat(floats(only(checkpoint))).containsExactly(1.5f, -2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FloatStorage, F32",
        "HalfStorage, F16",
        "BFloat16Storage, BF16",
        "DoubleStorage, F64",
        "LongStorage, I64",
        "IntStorage, I32",
        "ShortStorage, I16",
        "CharStorage, I8",
        "UInt64Storage, I64",
        "UInt32Storage, I32",
        "UInt16Storage, I16",
        "ByteStorage, U8",
        "BoolStorage, BOOL",
    })
    void readsEveryStorage(String storage, DataType type) throws IOException {
        byte[] pickle = stateDict(p -> p.view(storage, "0", 3, 0, longs(3), longs(1)));
        byte[] data = new byte[(int) type.bytes(3)];
        Arrays.fill(data, (byte) 7);
        try (Checkpoint checkpoint = open(pickle, data)) {
            assertThat(only(checkpoint).type()).isEqualTo(type);
            assertThat(TestCheckpoints.bytes(only(checkpoint), 0, 3).array()).isEqualTo(data);
        }
    }

    @Test
    void readsTensorsOfUntypedStorages() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("w")
                        .global("torch._utils", "_rebuild_tensor_v3")
                        .op('(')
                        .storage("UntypedStorage", "0", 8)
                        .number(0)
                        .numbers(2)
                        .numbers(1)
                        .op(0x89, 'N')
                        .global("torch", "float32")
                        .op('t', 'R', 's')
                        .stop();
        try (Checkpoint checkpoint = open(pickle, floatBytes(2))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1);
        }
    }

    @Test
    void readsComplexNumbersAsPairsWhateverTheirStride() throws IOException {
        byte[] pickle =
                stateDict(p -> p.view("ComplexFloatStorage", "0", 4, 1, longs(2), longs(2)));
        try (Checkpoint checkpoint = open(pickle, floatBytes(8))) {
            assertThat(only(checkpoint).type()).isEqualTo(DataType.F32);
            assertThat(only(checkpoint).shape()).containsExactly(2L, 2L);
            assertThat(floats(only(checkpoint))).containsExactly(2, 3, 6, 7);
        }
    }

    @Test
    void widensFloatsOfEightBitsInBigEndianFilesToo() throws IOException {
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", stateDict(p -> float8(p, "torch", "float8_e5m2")))
                        .entry("a/byteorder", "big".getBytes(StandardCharsets.UTF_8))
                        .entry("a/data/0", new byte[] {0x3c, (byte) 0xc0})
                        .finish();
        try (Checkpoint checkpoint = CheckpointReader.open(write(zip))) {
            assertThat(TestCheckpoints.bitsOfBf16At(only(checkpoint), 0)).isEqualTo(0x3f80);
            assertThat(TestCheckpoints.bitsOfBf16At(only(checkpoint), 1)).isEqualTo(0xc000);
        }
    }

    private static PickleBytes float8(PickleBytes pickle, String module, String dtype) {
        return pickle.global("torch._utils", "_rebuild_tensor_v3")
                .op('(')
                .storage("UntypedStorage", "0", 2)
                .number(0)
                .numbers(2)
                .numbers(1)
                .op(0x89, 'N')
                .global(module, dtype)
                .op('t', 'R');
    }

    @Test
    void readsTensorsThatTwoNamesShare() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("head")
                        .view("FloatStorage", "0", 6, 0, longs(2, 3), longs(3, 1))
                        .op('s')
                        .text("w")
                        .view("FloatStorage", "0", 6, 3, longs(3), longs(1))
                        .op('s')
                        .stop();
        try (Checkpoint checkpoint = open(pickle, floatBytes(6))) {
            assertThat(floats(Objects.requireNonNull(checkpoint.tensors().get("head"))))
                    .containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(floats(Objects.requireNonNull(checkpoint.tensors().get("w"))))
                    .containsExactly(3, 4, 5);
        }
    }

    /** As PyTorch before 0.4 wrote them. */
    @ParameterizedTest
    @CsvSource({"torch.nn.parameter, Parameter", "torch.autograd.variable, Variable"})
    void unwrapsParametersThatAreCallsOfTheirClass(String module, String name) throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("w")
                        .global(module, name)
                        .vector("0", 2)
                        .op(0x88, 0x86, 'R', 's')
                        .stop();
        try (Checkpoint checkpoint = open(pickle, floatBytes(2))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1);
        }
    }

    @Test
    void findsAStateDictThreeWrappersDeepAndWhatStandsBesideIt() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("run")
                        .op('}')
                        .text("best")
                        .op('}')
                        .text("model")
                        .op('}')
                        .text("w")
                        .vector("0", 2)
                        .op('s', 's')
                        .text("step")
                        .number(5)
                        .op('s', 's')
                        .text("step")
                        .number(6)
                        .op('s', 's')
                        .text("version")
                        .number(2)
                        .op('s')
                        .stop();
        try (Checkpoint checkpoint = open(pickle, floatBytes(2))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1);
            assertThat(checkpoint.metadata()).isEqualTo(Map.of("version", 2L, "step", 6L));
        }
    }

    @Test
    void unwrapsParameters() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("w")
                        .global("torch._utils", "_rebuild_parameter")
                        .op('(')
                        .vector("0", 2)
                        .op(0x88)
                        .global("collections", "OrderedDict")
                        .op(')', 'R', 't', 'R', 's')
                        .stop();
        try (Checkpoint checkpoint = open(pickle, floatBytes(2))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1);
        }
    }

    @Test
    void readsZip64Fields() throws IOException {
        byte[] zip =
                new ZipBytes()
                        .zip64()
                        .entry("a/data.pkl", stateDict(p -> p.vector("0", 2)))
                        .entry("a/data/0", floatBytes(2))
                        .finish();
        try (Checkpoint checkpoint = CheckpointReader.open(write(zip))) {
            assertThat(floats(only(checkpoint))).containsExactly(0, 1);
        }
    }

    @Test
    void choosesTheLargestStateDictAndNeverTheOptimizer() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("optimizer")
                        .op('}')
                        .text("exp_avg")
                        .vector("1", 4)
                        .op('s', 's')
                        .text("small")
                        .op('}')
                        .text("w")
                        .vector("0", 1)
                        .op('s', 's')
                        .text("weights")
                        .op('}')
                        .text("w")
                        .vector("0", 2)
                        .op('s')
                        .text("version")
                        .number(3)
                        .op('s', 's')
                        .text("loss")
                        .view("FloatStorage", "0", 2, 1, longs(), longs())
                        .op('s')
                        .stop();
        byte[] zip =
                new ZipBytes()
                        .entry("a/data.pkl", pickle)
                        .entry("a/data/0", floatBytes(2))
                        .entry("a/data/1", floatBytes(4))
                        .finish();
        // The dict "weights" is half tensors, half numbers, so "small" is the only one left.
        try (Checkpoint checkpoint = CheckpointReader.open(write(zip))) {
            assertThat(only(checkpoint).elementCount()).isEqualTo(1);
            assertThat(checkpoint.metadata())
                    .isEqualTo(
                            Map.of(
                                    "optimizer", Map.of(),
                                    "weights", Map.of("version", 3L),
                                    "loss", 1.0));
        }
    }

    private Checkpoint open(byte[] pickle, byte[] storage) throws IOException {
        return CheckpointReader.open(write(zip(pickle, storage)));
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("file"), bytes);
    }

    private static TensorSource only(Checkpoint checkpoint) {
        assertThat(checkpoint.tensors()).containsOnlyKeys("w");
        return Objects.requireNonNull(checkpoint.tensors().get("w"));
    }
}
