package dev.kaya.engine.checkpoint.gguf;

import static dev.kaya.engine.checkpoint.GgufBytes.ARRAY;
import static dev.kaya.engine.checkpoint.GgufBytes.BOOL;
import static dev.kaya.engine.checkpoint.GgufBytes.STRING;
import static dev.kaya.engine.checkpoint.GgufBytes.UINT32;
import static dev.kaya.engine.checkpoint.GgufBytes.UINT64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.GgufBytes;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The typed key-values of GGUF files, and the bounds on what they may claim. */
class GgufMetadataTest {

    private static final int INT8 = 1;

    @TempDir Path folder;

    @Test
    void readsEveryTypeOfValue() throws IOException {
        GgufBytes file =
                GgufBytes.header(0, 13)
                        .key("uint8", 0)
                        .u8(255)
                        .key("int8", INT8)
                        .u8(255)
                        .key("uint16", 2)
                        .u16(65535)
                        .key("int16", 3)
                        .u16(65535)
                        .key("uint32", UINT32)
                        .u32(-1)
                        .key("int32", GgufBytes.INT32)
                        .u32(-1)
                        .key("float32", GgufBytes.FLOAT32)
                        .f32(0.1f)
                        .key("bool", BOOL)
                        .u8(1)
                        .key("string", STRING)
                        .text("Ġé😀")
                        .key("uint64", UINT64)
                        .u64(Long.MAX_VALUE)
                        .key("int64", 11)
                        .u64(-1)
                        .key("float64", 12)
                        .f64(0.1)
                        .strings("array", List.of("a", "", "b"));

        assertThat(metadata(file))
                .isEqualTo(
                        Map.ofEntries(
                                Map.entry("uint8", 255L),
                                Map.entry("int8", -1L),
                                Map.entry("uint16", 65535L),
                                Map.entry("int16", -1L),
                                Map.entry("uint32", 4294967295L),
                                Map.entry("int32", -1L),
                                Map.entry("float32", (double) 0.1f),
                                Map.entry("bool", true),
                                Map.entry("string", "Ġé😀"),
                                Map.entry("uint64", Long.MAX_VALUE),
                                Map.entry("int64", -1L),
                                Map.entry("float64", 0.1),
                                Map.entry("array", List.of("a", "", "b"))));
    }

    @Test
    void textThatIsNotUtf8IsMendedInValuesAndRefusedInKeys() throws IOException {
        assertThat(metadata(GgufBytes.header(0, 1).key("k", STRING).u64(2).u8('a').u8(0xff)))
                .isEqualTo(Map.of("k", "a\ufffd"));
        assertRefused(
                GgufBytes.header(0, 1).u64(1).u8(0xff).u32(0).u8(0),
                "at byte 24: a key is not UTF-8");
    }

    @Test
    void refusesMoreKeysThanTheBound() throws IOException {
        assertRefused(
                GgufBytes.header(0, GgufMetadata.MAX_KEYS + 1),
                "at byte 16: the list of keys claims 65537 elements; at most 65536 are allowed");
        assertRefused(
                GgufBytes.header(0, Long.MIN_VALUE),
                "at byte 16: the list of keys claims 9223372036854775808 elements; at most 65536"
                        + " are allowed");
    }

    @Test
    void readsAsManyKeysAsTheBound() throws IOException {
        GgufBytes file = GgufBytes.header(0, GgufMetadata.MAX_KEYS);
        for (int i = 0; i < GgufMetadata.MAX_KEYS; i++) {
            file.key("k" + i, INT8).u8(i);
        }
        assertThat(metadata(file)).hasSize(65_536);
    }

    @Test
    void refusesMoreKeysThanTheFileCanHold() throws IOException {
        assertRefused(
                GgufBytes.header(0, 2).key("k", INT8).u8(0),
                "at byte 16: the list of keys claims 2 elements, but only 14 bytes follow; the file"
                        + " is cut off or damaged");
    }

    @Test
    void boundsTheLengthOfKeys() throws IOException {
        String longest = "k".repeat(GgufMetadata.MAX_KEY_BYTES);
        assertThat(metadata(GgufBytes.header(0, 1).key(longest, INT8).u8(3)))
                .isEqualTo(Map.of(longest, 3L));
        assertRefused(
                GgufBytes.header(0, 1).key(longest + "k", INT8).u8(3),
                "at byte 24: a key claims 65536 bytes; at most 65535 are allowed");
    }

    @Test
    void showsTheBeginningOfALongKey() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("k".repeat(100), 13).u8(3),
                "at byte 132: the value of \""
                        + "k".repeat(64)
                        + "…\" has type 13; types from 0 to 12 are known");
    }

    @Test
    void refusesAKeyThatOccursTwice() throws IOException {
        assertRefused(
                GgufBytes.header(0, 2).key("k", INT8).u8(3).key("k", INT8).u8(3),
                "at byte 38: the key \"k\" occurs twice");
    }

    @Test
    void refusesUnknownTypes() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("k", -1).u8(3),
                "at byte 33: the value of \"k\" has type 4294967295; types from 0 to 12 are known");
        assertRefused(
                GgufBytes.header(0, 1).array("k", 13, 0),
                "at byte 37: the value of \"k\" has type 13; types from 0 to 12 are known");
    }

    @Test
    void refusesNumbersBeyondTheSignedRange() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("k", UINT64).u64(-1),
                "at byte 37: the value of \"k\" is 18446744073709551615; at most"
                        + " 9223372036854775807 is allowed");
    }

    @Test
    void refusesABooleanThatIsNone() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("k", BOOL).u8(2),
                "at byte 37: the value of \"k\" is neither false nor true: 2");
    }

    @Test
    void refusesAValueThatIsCutOff() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).key("k", UINT32).u8(2),
                "at byte 37: 4 bytes expected, but only 1 are left; the file is cut off or damaged");
        assertRefused(
                GgufBytes.header(0, 1).key("k", STRING).u64(9).u8('a'),
                "at byte 45: 9 bytes expected, but only 1 are left; the file is cut off or damaged");
    }

    @Test
    void boundsTheLengthOfStrings() throws IOException {
        int most = GgufMetadata.MAX_STRING_BYTES;
        assertThat(metadata(GgufBytes.header(0, 1).key("k", STRING).u64(most).raw(new byte[most])))
                .isEqualTo(Map.of("k", "\0".repeat(most)));
        assertRefused(
                GgufBytes.header(0, 1).key("k", STRING).u64(most + 1).raw(new byte[most + 1]),
                "at byte 37: a string claims 16777217 bytes; at most 16777216 are allowed");
        assertRefused(
                GgufBytes.header(0, 1).key("k", STRING).u64(-1),
                "at byte 37: a string claims 18446744073709551615 bytes; at most 16777216 are"
                        + " allowed");
    }

    @Test
    void boundsAllStringsTogether() throws IOException {
        int most = GgufMetadata.MAX_STRING_BYTES;
        GgufBytes file = GgufBytes.header(0, 1).array("k", STRING, 5);
        for (int i = 0; i < GgufMetadata.MAX_TEXT_BYTES / most; i++) {
            file.u64(most).raw(new byte[most]);
        }
        int last = file.size();
        assertThat(metadata(new GgufBytes().raw(file.bytes()).text(""))).containsKey("k");
        assertRefused(
                file.text("a"),
                "at byte "
                        + last
                        + ": with the value of \"k\" all strings take more than 67108864 bytes");
    }

    @Test
    void boundsTheElementsOfAllArraysTogether() throws IOException {
        int most = GgufMetadata.MAX_ELEMENTS;
        GgufBytes file = GgufBytes.header(0, 2).array("k", INT8, most).raw(new byte[most]);
        int second = file.size() + 8 + 1 + 4;
        assertThat(metadata(new GgufBytes().raw(file.bytes()).array("l", INT8, 0)))
                .containsKeys("k", "l");
        assertRefused(
                file.array("l", INT8, 1).u8(0),
                "at byte "
                        + second
                        + ": with the array in \"l\" all arrays have more than 4194304 elements");
    }

    @Test
    void boundsTheLengthOfArrays() throws IOException {
        assertRefused(
                GgufBytes.header(0, 1).array("k", INT8, GgufMetadata.MAX_ELEMENTS + 1L),
                "at byte 41: an array in \"k\" claims 4194305 elements; at most 4194304 are"
                        + " allowed");
        assertRefused(
                GgufBytes.header(0, 1).array("k", STRING, 2).text("abc"),
                "at byte 41: an array in \"k\" claims 2 elements, but only 11 bytes follow; the"
                        + " file is cut off or damaged");
    }

    @Test
    void boundsTheDepthOfArrays() throws IOException {
        assertThat(metadata(nested(GgufMetadata.MAX_DEPTH)))
                .isEqualTo(Map.of("k", List.of(List.of(List.of(List.of())))));
        assertRefused(
                nested(GgufMetadata.MAX_DEPTH + 1),
                "at byte 85: arrays in \"k\" are nested more than 4 deep");
    }

    private static GgufBytes nested(int depth) {
        GgufBytes file = GgufBytes.header(0, 1).key("k", ARRAY);
        for (int i = 1; i < depth; i++) {
            file.u32(ARRAY).u64(1);
        }
        return file.u32(INT8).u64(0);
    }

    private Map<String, ?> metadata(GgufBytes bytes) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes.bytes());
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            return checkpoint.metadata();
        }
    }

    private void assertRefused(GgufBytes bytes, String reason) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes.bytes());
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": " + reason);
    }
}
