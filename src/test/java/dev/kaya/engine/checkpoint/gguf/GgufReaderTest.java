package dev.kaya.engine.checkpoint.gguf;

import static dev.kaya.engine.checkpoint.GgufBytes.STRING;
import static dev.kaya.engine.checkpoint.GgufBytes.UINT32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.GgufBytes;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Header, tensor table and layout of GGUF files; key-values have a test of their own. */
class GgufReaderTest {

    private static final int F32 = 0;
    private static final int Q8_0 = 8;
    private static final int Q4_K = 12;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "0, F32, 1024",
        "1, F16, 512",
        "30, BF16, 512",
        "8, Q8_0, 272",
        "2, Q4_0, 144",
        "3, Q4_1, 160",
        "6, Q5_0, 176",
        "7, Q5_1, 192",
        "12, Q4_K, 144",
        "13, Q5_K, 176",
        "14, Q6_K, 210"
    })
    void readsEverySupportedType(int number, DataType type, int bytes) throws IOException {
        byte[] data = counting(bytes);
        byte[] file =
                GgufBytes.header(1, 0).tensor("a", number, 0, 256).align(32).raw(data).bytes();
        try (Checkpoint checkpoint = open(file)) {
            TensorSource tensor = tensor(checkpoint, "a");
            assertThat(checkpoint.format()).isEqualTo("gguf");
            assertThat(tensor.name()).isEqualTo("a");
            assertThat(tensor.type()).isEqualTo(type);
            assertThat(TestCheckpoints.bytes(tensor, 0, 256).array()).isEqualTo(data);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void turnsDimensionsRoundAndKeepsTheOrderOfTheTable(int version) throws IOException {
        GgufBytes file = GgufBytes.header(version, 2, 0);
        file.tensor("z", F32, 32, 2, 3).tensor("a", F32, 0, 5, 1, 1, 1).align(32);
        for (int i = 0; i < 14; i++) {
            file.f32(i);
        }
        try (Checkpoint checkpoint = open(file.bytes())) {
            assertThat(checkpoint.tensors().keySet()).containsExactly("z", "a");
            assertThat(tensor(checkpoint, "z").shape()).isEqualTo(List.of(3L, 2L));
            assertThat(TestCheckpoints.floats(tensor(checkpoint, "z")))
                    .containsExactly(8, 9, 10, 11, 12, 13);
            assertThat(tensor(checkpoint, "a").shape()).isEqualTo(List.of(1L, 1L, 1L, 5L));
            assertThat(TestCheckpoints.floats(tensor(checkpoint, "a")))
                    .containsExactly(0, 1, 2, 3, 4);
        }
    }

    @Test
    void readsAFileWithoutTensors() throws IOException {
        try (Checkpoint checkpoint = open(GgufBytes.header(0, 0).bytes())) {
            assertThat(checkpoint.tensors()).isEmpty();
            assertThat(checkpoint.metadata()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 64, GgufReader.MAX_ALIGNMENT})
    void alignsTheDataAsTheFileSays(int alignment) throws IOException {
        byte[] file = aligned(alignment).align(alignment).f32(7).bytes();
        try (Checkpoint checkpoint = open(file)) {
            assertThat(TestCheckpoints.floatAt(tensor(checkpoint, "a"), 0)).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 33, 2 * GgufReader.MAX_ALIGNMENT, 4294967295L})
    void refusesOtherAlignments(long alignment) throws IOException {
        assertRefused(
                aligned(alignment).align(64).f32(7),
                "general.alignment must be a power of two up to 1048576; given " + alignment);
    }

    private static GgufBytes aligned(long alignment) {
        return GgufBytes.header(1, 1)
                .key("general.alignment", UINT32)
                .u32(alignment)
                .tensor("a", F32, 0, 1);
    }

    @Test
    void refusesAnAlignmentThatIsNoNumber() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("general.alignment", STRING).text("32 or so"),
                "general.alignment must be a power of two up to 1048576; given 32 or so");
    }

    @Test
    void refusesBigEndianFiles() throws IOException {
        assertRefused(
                GgufBytes.header(3 << 24, 0, 0),
                "at byte 4: this GGUF file is big-endian; only little-endian ones are supported");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 4", "0, 0", "-1, 4294967295"})
    void refusesOtherVersions(int version, String shown) throws IOException {
        assertRefused(
                GgufBytes.header(version, 0, 0),
                "at byte 4: this GGUF file has version "
                        + shown
                        + "; supported are 2 and 3: convert the model again");
    }

    @Test
    void refusesAHeaderThatIsCutOff() throws IOException {
        assertRefused(
                new GgufBytes().raw("GGUF".getBytes(StandardCharsets.US_ASCII)),
                "at byte 4: 4 bytes expected, but only 0 are left; the file is cut off or damaged");
    }

    @Test
    void refusesMoreTensorsThanTheBound() throws IOException {
        assertRefused(
                GgufBytes.header(GgufReader.MAX_TENSORS + 1, 0),
                "at byte 8: the table of tensors claims 65537 elements; at most 65536 are allowed");
        assertRefused(
                GgufBytes.header(-1, 0),
                "at byte 8: the table of tensors claims 18446744073709551615 elements; at most"
                        + " 65536 are allowed");
    }

    @Test
    void readsAsManyTensorsAsTheBound() throws IOException {
        GgufBytes file = GgufBytes.header(GgufReader.MAX_TENSORS, 0);
        for (int i = 0; i < GgufReader.MAX_TENSORS; i++) {
            file.tensor("t" + i, F32, 32L * i, 1);
        }
        file.align(32).raw(new byte[32 * GgufReader.MAX_TENSORS]);
        try (Checkpoint checkpoint = open(file.bytes())) {
            assertThat(checkpoint.tensors()).hasSize(65_536);
        }
    }

    @Test
    void refusesMoreTensorsThanTheFileCanHold() throws IOException {
        assertRefused(
                GgufBytes.header(3, 0).tensor("a", F32, 0, 1),
                "at byte 8: the table of tensors claims 3 elements, but only 41 bytes follow; the"
                        + " file is cut off or damaged");
    }

    @Test
    void boundsTheNamesOfTensors() throws IOException {
        String longest = "n".repeat(GgufReader.MAX_NAME_BYTES);
        try (Checkpoint checkpoint =
                open(GgufBytes.header(1, 0).tensor(longest, F32, 0, 1).align(32).f32(0).bytes())) {
            assertThat(checkpoint.tensors()).containsKey(longest);
        }
        assertRefused(
                GgufBytes.header(1, 0).tensor(longest + "n", F32, 0, 1).align(32).f32(0),
                "at byte 24: the name of a tensor claims 256 bytes; at most 255 are allowed");
    }

    @Test
    void refusesANameThatIsNoText() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).u64(1).u8(0xff).raw(new byte[40]),
                "at byte 24: the name of a tensor is not UTF-8");
    }

    @Test
    void refusesTwoTensorsOfOneName() throws IOException {
        GgufBytes file = GgufBytes.header(2, 0).tensor("a", F32, 0, 1);
        int second = file.size();
        assertRefused(
                file.tensor("a", F32, 32, 1).align(32).raw(new byte[64]),
                "at byte " + second + ": the tensor \"a\" occurs twice");
    }

    @Test
    void boundsTheNumberOfDimensions() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0).align(32).raw(new byte[32]),
                "at byte 33: the tensor \"a\" has 0 dimensions; 1 to 4 are allowed");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, 1, 1, 1, 1, 1).align(32).f32(0),
                "at byte 33: the tensor \"a\" has 5 dimensions; 1 to 4 are allowed");
    }

    @Test
    void refusesEmptyAndNegativeDimensions() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, 1, 0).align(32),
                "at byte 45: the tensor \"a\" has a dimension of length 0");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, -1).align(32),
                "at byte 37: the tensor \"a\" has a dimension of length 18446744073709551615");
    }

    @Test
    void refusesShapesBeyondAllBounds() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, 1L << 32, 1L << 32).align(32),
                "at byte 33: the tensor \"a\" has a shape beyond all bounds: [4294967296,"
                        + " 4294967296]");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", Q8_0, 0, 1L << 62).align(32),
                "at byte 33: the tensor \"a\" has a shape beyond all bounds:"
                        + " [4611686018427387904]");
    }

    @ParameterizedTest
    @CsvSource({
        "9, Q8_1",
        "10, Q2_K",
        "11, Q3_K",
        "16, IQ2_XXS",
        "20, IQ4_NL",
        "26, I32",
        "28, F64",
        "39, MXFP4",
        "4, number 4",
        "40, number 40",
        "4294967295, number 4294967295"
    })
    void refusesOtherTypesByName(long number, String name) throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("w", (int) number, 0, 256).align(32),
                "at byte 45: the tensor \"w\" is of type "
                        + name
                        + ", which is not supported; supported are F32, F16, BF16, Q8_0, Q4_0,"
                        + " Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K: quantise the model again to one of"
                        + " these, such as Q4_K_M");
    }

    @Test
    void refusesRowsThatAreNotWholeBlocks() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", Q4_K, 0, 128, 2).align(32).raw(new byte[144]),
                "at byte 33: the tensor \"a\" of type Q4_K has rows of 128 elements, which is not a"
                        + " multiple of 256");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", Q8_0, 0, 16, 2).align(32).raw(new byte[34]),
                "at byte 33: the tensor \"a\" of type Q8_0 has rows of 16 elements, which is not a"
                        + " multiple of 32");
    }

    @Test
    void refusesOffsetsThatAreNotAligned() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 16, 1).align(32).raw(new byte[32]),
                "at byte 49: the tensor \"a\" begins at 16 of the data, which is not a multiple of the"
                        + " alignment, 32");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, -32, 1).align(32).raw(new byte[32]),
                "at byte 49: the tensor \"a\" begins at 18446744073709551584 of the data, which is"
                        + " not a multiple of the alignment, 32");
    }

    @Test
    void refusesATensorThatLeavesTheFile() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, 2).align(32).raw(new byte[7]),
                "the tensor \"a\" ends at 8 of the data, but the file holds only 7 bytes of data;"
                        + " it is cut off or damaged");
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, 0, 1),
                "the tensor \"a\" ends at 4 of the data, but the file holds only 0 bytes of data;"
                        + " it is cut off or damaged");
    }

    @Test
    void refusesATensorWhoseEndOverflows() throws IOException {
        assertRefused(
                GgufBytes.header(1, 0).tensor("a", F32, Long.MAX_VALUE - 31, 16).align(32),
                "at byte 49: the tensor \"a\" ends beyond all bounds");
    }

    @Test
    void refusesOverlaps() throws IOException {
        assertRefused(
                GgufBytes.header(2, 0)
                        .tensor("b", F32, 32, 1)
                        .tensor("a", F32, 0, 9)
                        .align(32)
                        .raw(new byte[64]),
                "the tensor \"b\" overlaps the tensor \"a\"");
    }

    @Test
    void refusesATableThatIsCutOff() throws IOException {
        byte[] whole = GgufBytes.header(1, 0).tensor("a", F32, 0, 1, 1, 1).bytes();
        assertRefused(
                new GgufBytes().raw(Arrays.copyOf(whole, whole.length - 4)),
                "at byte "
                        + (whole.length - 8)
                        + ": 8 bytes expected, but only 4 are left; the file is cut off or damaged");
    }

    private Checkpoint open(byte[] file) throws IOException {
        return CheckpointReader.open(Files.write(folder.resolve("file"), file));
    }

    private void assertRefused(GgufBytes bytes, String reason) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes.bytes());
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": " + reason);
    }

    private static TensorSource tensor(Checkpoint checkpoint, String name) {
        return Objects.requireNonNull(checkpoint.tensors().get(name));
    }

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i + 1);
        }
        return bytes;
    }
}
