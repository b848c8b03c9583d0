package dev.kaya.engine.checkpoint.json;

import static dev.kaya.engine.checkpoint.TestCheckpoints.shipped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFileTest {

    @TempDir Path folder;

    @Test
    void readsTheShippedConfig() throws IOException {
        assertThat(JsonFile.read(shipped("stories/config.json")))
                .containsEntry("hidden_size", 192L)
                .containsEntry("vocab_size", 4096L);
    }

    @Test
    void readsEveryKindOfValue() throws IOException {
        Map<String, @Nullable Object> tree =
                read(
                        "{\"z\": null, \"b\": [true, false, [], {}], \"s\": \"\\u00e9\", \"i\": -1,"
                                + " \"d\": 1.0, \"big\": 100000000000000000000}");
        assertThat(tree.keySet()).containsExactly("z", "b", "s", "i", "d", "big");
        assertThat(tree)
                .containsEntry("z", null)
                .containsEntry("b", List.of(true, false, List.of(), Map.of()))
                .containsEntry("s", "\u00e9")
                .containsEntry("i", -1L)
                .containsEntry("d", 1.0)
                .containsEntry("big", 1e20);
    }

    @Test
    void refusesDuplicateKeys() {
        assertRefused(
                "{\"a\": {\n  \"b\": 1,\n  \"b\": 2}}",
                "at byte 20: line 3, column 3: the key \"b\" occurs twice");
    }

    @Test
    void refusesMalformedJsonWithLineAndColumn() {
        assertThatThrownBy(() -> read("{\n  \"a\": 1,\n  oops\n}"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("line 3, column ")
                .hasMessageContaining("malformed JSON: ");
    }

    @Test
    void refusesADocumentThatIsNoObject() {
        assertRefused(
                "[1]", "at byte 0: line 1, column 1: an object is expected, beginning with {");
    }

    @Test
    void refusesNotANumber() {
        assertRefused("{\"a\": NaN}", "at byte 6: line 1, column 7: the number NaN is not finite");
    }

    @Test
    void refusesDeepNesting() {
        assertRefused(
                "{\"a\": " + "[".repeat(64) + "]".repeat(64) + "}",
                "at byte 70: line 1, column 71: nested deeper than 64 levels");
    }

    @Test
    void refusesAnEmptyFile() {
        assertRefused("", "at byte 0: line 1, column 1: the JSON ends too early");
    }

    @Test
    void refusesAFileOverTheBound() throws IOException {
        Path file = folder.resolve("file");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(JsonFile.MAX_BYTES + 1);
        }
        assertThatThrownBy(() -> JsonFile.read(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": the file has 67108865 bytes; at most 67108864 are read");
    }

    @Test
    void refusesAMissingFile() {
        Path file = folder.resolve("none.json");
        assertThatThrownBy(() -> JsonFile.read(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": there is no such file");
    }

    @Test
    void refusesInvalidUtf8() throws IOException {
        byte[] bytes = Arrays.copyOf(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}, 7);
        Path file = Files.write(folder.resolve("file"), bytes);
        assertThatThrownBy(() -> JsonFile.read(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("malformed JSON: Invalid UTF-8");
    }

    private Map<String, @Nullable Object> read(String json) throws IOException {
        return JsonFile.read(Files.writeString(folder.resolve("file"), json));
    }

    private void assertRefused(String json, String reason) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + reason);
    }
}
