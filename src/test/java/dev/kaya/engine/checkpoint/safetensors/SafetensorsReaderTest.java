package dev.kaya.engine.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsReaderTest {

    @TempDir Path folder;

    private static final String SUPPORTED =
            "F32, F16, BF16, F64, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64,"
                    + " C128";

    @ParameterizedTest
    @CsvSource({
        "F32, F32",
        "F16, F16",
        "BF16, BF16",
        "F64, F64",
        "I64, I64",
        "I32, I32",
        "I16, I16",
        "I8, I8",
        "U64, I64",
        "U32, I32",
        "U16, I16",
        "U8, U8",
        "BOOL, BOOL",
    })
    void readsEveryType(String dtype, DataType type) throws IOException {
        long bytes = type.bytes(3);
        Path file = write(entry("a", dtype, "[3,1]", "[0," + bytes + "]"), (int) bytes);
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            TensorSource tensor = only(checkpoint);
            assertThat(tensor.name()).isEqualTo("a");
            assertThat(tensor.type()).isEqualTo(type);
            assertThat(tensor.shape()).isEqualTo(List.of(3L, 1L));
            byte[] data = TestCheckpoints.bytes(tensor, 0, 3).array();
            assertThat(data).isEqualTo(counting((int) bytes));
        }
    }

    /** Bytes 1, 2, 3 are 1, 2 and 3 times the smallest numbers, 2^-9 and 2^-16. */
    @ParameterizedTest
    @CsvSource({"F8_E4M3, 0.001953125", "F8_E5M2, 0.0000152587890625"})
    void widensFloatsOfEightBits(String dtype, float smallest) throws IOException {
        Path file = write(entry("a", dtype, "[3]", "[0,3]"), 3);
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            TensorSource tensor = only(checkpoint);
            assertThat(tensor.type()).isEqualTo(DataType.BF16);
            for (int i = 0; i < 3; i++) {
                int bits = TestCheckpoints.bitsOfBf16At(tensor, i);
                assertThat(Float.intBitsToFloat(bits << 16)).isEqualTo((i + 1) * smallest);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"C64, F32, 8", "C128, F64, 16"})
    void readsComplexNumbersAsPairs(String dtype, DataType part, int bytes) throws IOException {
        Path file = write(entry("a", dtype, "[1]", "[0," + bytes + "]"), bytes);
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            TensorSource tensor = only(checkpoint);
            assertThat(tensor.type()).isEqualTo(part);
            assertThat(tensor.shape()).isEqualTo(List.of(1L, 2L));
            byte[] data = TestCheckpoints.bytes(tensor, 0, 2).array();
            assertThat(data).isEqualTo(counting(bytes));
        }
    }

    @Test
    void keepsTheHeadersOrderAndAllowsScalarsAndEmptyTensors() throws IOException {
        String header =
                "{\"z\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
                        + "\"empty\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[8,8]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   ";
        try (Checkpoint checkpoint = CheckpointReader.open(write(header, 12))) {
            assertThat(checkpoint.tensors().keySet()).containsExactly("z", "empty", "a");
            assertThat(Objects.requireNonNull(checkpoint.tensors().get("z")).elementCount())
                    .isEqualTo(1);
            TestCheckpoints.readAll(checkpoint);
        }
    }

    @Test
    void refusesTruncatedHeader() throws IOException {
        Path file = folder.resolve("file");
        Files.write(file, withLength(500, "{\"a\":", 0));
        assertRefused(
                file,
                "at byte 0: the header claims 500 bytes, but only 5 follow; the file is cut off or"
                        + " damaged");
    }

    @Test
    void refusesHeaderOverTheBound() throws IOException {
        Path file = folder.resolve("file");
        Files.write(file, withLength(100_000_001, "{\"a\":", 0));
        assertRefused(
                file,
                "at byte 0: the header claims 100000001 bytes; at most 100000000 are allowed");
    }

    @Test
    void refusesHeaderLengthBeyondTheSignedRange() throws IOException {
        Path file = folder.resolve("file");
        Files.write(file, withLength(-1, "{\"a\":", 0));
        assertRefused(
                file,
                "at byte 0: the header claims 18446744073709551615 bytes; at most 100000000 are"
                        + " allowed");
    }

    @Test
    void refusesMalformedHeader() throws IOException {
        assertThatThrownBy(() -> CheckpointReader.open(write("{\"a\" 1}", 0)))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining(": at byte 13: line 1, column 6: malformed JSON: ");
    }

    @Test
    void refusesContentBehindTheHeadersObject() throws IOException {
        assertRefused(
                write("{} {}", 0),
                "at byte 11: line 1, column 4: something follows the end of the JSON document");
    }

    @Test
    void refusesOffsetsBeyondTheFile() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[2]", "[0,8]"), 4),
                "the tensor \"a\" ends at 8 of the data, but the file holds only 4 bytes of data;"
                        + " it is cut off or damaged");
    }

    @Test
    void refusesOffsetsInTheWrongOrder() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[2]", "[8,0]"), 8),
                "the tensor \"a\" ends at 0, before its start 8");
    }

    @Test
    void refusesOverlaps() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[2]", "[0,8]", "b", "F32", "[1]", "[4,8]"), 8),
                "the tensor \"b\" overlaps the tensor \"a\"");
    }

    @Test
    void refusesHoles() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[1]", "[0,4]", "b", "F32", "[1]", "[8,12]"), 12),
                "the tensor \"b\" leaves a hole of 4 bytes after \"a\"");
    }

    @Test
    void refusesAHoleAtTheStart() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[1]", "[4,8]"), 8),
                "the tensor \"a\" leaves a hole of 4 bytes after the start of the data");
    }

    @Test
    void refusesTrailingBytes() throws IOException {
        String header = entry("a", "F32", "[1]", "[0,4]");
        assertRefused(
                write(header, 7),
                "at byte " + (8 + header.length() + 4) + ": 3 bytes follow the last tensor");
    }

    @Test
    void refusesShapeThatDoesNotFitTheBytes() throws IOException {
        assertRefused(
                write(entry("a", "F16", "[2,2]", "[0,12]"), 12),
                "the tensor \"a\" of shape [2, 2] and dtype F16 needs 8 bytes, but its offsets span"
                        + " 12");
    }

    @Test
    void refusesDuplicateKeys() throws IOException {
        String header = entry("a", "F32", "[1]", "[0,4]", "a", "F32", "[1]", "[4,8]");
        assertRefused(
                write(header, 8), "at byte 62: line 1, column 55: the key \"a\" occurs twice");
    }

    @Test
    void refusesUnknownType() throws IOException {
        assertRefused(
                write(entry("a", "F4", "[4]", "[0,2]"), 2),
                "the tensor \"a\" has the dtype F4; supported are " + SUPPORTED);
    }

    @Test
    void refusesBlockTypesWhichTheFormatDoesNotHave() throws IOException {
        assertRefused(
                write(entry("a", "Q8_0", "[32]", "[0,34]"), 34),
                "the tensor \"a\" has the dtype Q8_0; supported are " + SUPPORTED);
    }

    @Test
    void refusesNegativeLengths() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[-1]", "[0,4]"), 4),
                "the tensor \"a\" has shape [-1]; whole numbers from 0 are expected");
    }

    @Test
    void refusesOverflowingShapes() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[4294967296,4294967296]", "[0,4]"), 4),
                "the tensor \"a\" has a shape beyond all bounds: [4294967296, 4294967296]");
        assertRefused(
                write(entry("a", "F32", "[4611686018427387904]", "[0,4]"), 4),
                "the tensor \"a\" has a shape beyond all bounds: [4611686018427387904]");
    }

    @Test
    void refusesFractionsAsOffsets() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[1]", "[0,4.5]"), 4),
                "the tensor \"a\" has data_offsets [0, 4.5]; whole numbers from 0 are expected");
    }

    @Test
    void refusesAWrongNumberOfOffsets() throws IOException {
        assertRefused(
                write(entry("a", "F32", "[1]", "[0,4,8]"), 4),
                "the tensor \"a\" has 3 data_offsets; 2 are expected");
    }

    @Test
    void refusesAnEntryThatIsNoObject() throws IOException {
        assertRefused(
                write("{\"a\":3}", 0),
                "the tensor \"a\" is not an object with dtype, shape and data_offsets");
    }

    @Test
    void refusesAMissingShape() throws IOException {
        assertRefused(
                write("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4),
                "the tensor \"a\" has no list \"shape\"");
    }

    @Test
    void refusesMetadataThatIsNoStrings() throws IOException {
        assertRefused(
                write("{\"__metadata__\":{\"format\":3}}", 0),
                "__metadata__.format is not a string");
        assertRefused(write("{\"__metadata__\":[]}", 0), "__metadata__ is not an object");
    }

    private static TensorSource only(Checkpoint checkpoint) {
        return Objects.requireNonNull(checkpoint.tensors().get("a"));
    }

    private static String entry(String... parts) {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < parts.length; i += 4) {
            header.append(i == 0 ? "" : ",");
            header.append(
                    "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
                            .formatted(parts[i], parts[i + 1], parts[i + 2], parts[i + 3]));
        }
        return header.append("}").toString();
    }

    private Path write(String header, int dataLength) throws IOException {
        return Files.write(folder.resolve("file"), withLength(header.length(), header, dataLength));
    }

    private static byte[] withLength(long length, String header, int dataLength) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + dataLength)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(text)
                .put(counting(dataLength))
                .array();
    }

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i + 1);
        }
        return bytes;
    }

    private static void assertRefused(Path file, String reason) {
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": " + reason);
    }
}
