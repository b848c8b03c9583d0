package dev.kaya.engine.checkpoint.json;

import static dev.kaya.engine.checkpoint.TestCheckpoints.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonCheckpointReaderTest {

    @TempDir Path folder;

    @Test
    void readsMetadataAndWeightsInEitherOrder() throws IOException {
        try (Checkpoint checkpoint =
                open("{\"weights\": {\"w\": [[1, 2.5], [-3e2, 0]]}, \"metadata\": {\"n\": 1}}")) {
            TensorSource tensor = Objects.requireNonNull(checkpoint.tensors().get("w"));
            assertThat(tensor.shape()).isEqualTo(List.of(2L, 2L));
            assertThat(floats(tensor)).containsExactly(1, 2.5f, -300, 0);
            assertThat(checkpoint.metadata()).isEqualTo(Map.of("n", 1L));
        }
    }

    @Test
    void readsABareStateDict() throws IOException {
        try (Checkpoint checkpoint =
                open("{\"a\": [[[1], [2]]], \"b\": [3], \"chars\": [\"x\"], \"n\": 4}")) {
            assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b");
            assertThat(Objects.requireNonNull(checkpoint.tensors().get("a")).shape())
                    .isEqualTo(List.of(1L, 2L, 1L));
            assertThat(checkpoint.metadata()).isEqualTo(Map.of("chars", List.of("x"), "n", 4L));
        }
    }

    @Test
    void refusesRaggedRows() {
        assertRefused(
                "{\"w\": [[1, 2], [3]]}",
                "at byte 17: line 1, column 18: the weight \"w\" is ragged: its rows differ in"
                        + " length or depth");
        assertRefused(
                "{\"w\": [[1, 2], 3]}",
                "at byte 15: line 1, column 16: the weight \"w\" is ragged: its rows differ in"
                        + " length or depth");
        assertRefused(
                "{\"w\": [[1, 2], [[3, 4]]]}",
                "at byte 16: line 1, column 17: the weight \"w\" is ragged: its rows differ in"
                        + " length or depth");
    }

    @Test
    void refusesNotANumberAndInfinity() {
        assertRefused(
                "{\"w\": [[1, NaN]]}",
                "at byte 11: line 1, column 12: the number NaN is not finite");
        assertRefused(
                "{\"w\":\n [[-Infinity]]}",
                "at byte 9: line 2, column 4: the number -Infinity is not finite");
        assertRefused(
                "{\"w\": [1e999]}", "at byte 7: line 1, column 8: the number 1e999 is not finite");
    }

    @Test
    void refusesNumbersBeyondSinglePrecision() {
        assertRefused(
                "{\"w\": [1e300]}",
                "at byte 7: line 1, column 8: the weight \"w\" holds 1e300, which no 32-bit float"
                        + " can");
    }

    @Test
    void refusesWhatIsNoNumber() {
        assertRefused(
                "{\"w\": [[1, \"x\"]]}",
                "at byte 11: line 1, column 12: the weight \"w\" holds something that is not a"
                        + " number");
        assertRefused(
                "{\"weights\": {\"w\": 3}}",
                "at byte 18: line 1, column 19: the weight \"w\" is not an array of numbers");
    }

    @Test
    void refusesTooManyDimensions() {
        assertRefused(
                "{\"w\": [[[[[[[[[1]]]]]]]]]}",
                "at byte 14: line 1, column 15: the weight \"w\" has more than 8 dimensions");
    }

    @Test
    void refusesEmptyArrays() {
        assertRefused(
                "{\"w\": [[]]}",
                "at byte 8: line 1, column 9: the weight \"w\" has an empty array");
    }

    @Test
    void refusesTheSameWeightTwice() {
        assertRefused(
                "{\"weights\": {\"w\": [1], \"w\": [1]}}",
                "at byte 29: line 1, column 30: the weight \"w\" occurs twice");
        assertRefused(
                "{\"w\": [1], \"w\": [1]}",
                "at byte 11: line 1, column 12: the key \"w\" occurs twice");
    }

    @Test
    void refusesJsonWithoutWeights() {
        assertRefused(
                "{\"n_head\": 4}",
                "no weights are found in this JSON: they are read as arrays of numbers by their"
                        + " names, at its root or under \"weights\"; its keys are n_head");
    }

    @Test
    void refusesAnIndexWithWeightsOfItsOwn() {
        assertRefused(
                "{\"weight_map\": {\"a\": \"b\"}, \"a\": [[1]]}",
                "this JSON is an index, by its weight_map, and holds weights itself");
    }

    @Test
    void refusesAFileOverTheBound() throws IOException {
        Path file = folder.resolve("large");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write('{');
            sparse.setLength(JsonCheckpointReader.MAX_BYTES + 1);
        }
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        file
                                + ": the file has 1073741825 bytes; JSON weights are read up to"
                                + " 1073741824, larger ones belong into safetensors");
    }

    @Test
    void refusesTruncatedJson() {
        assertThatThrownBy(() -> open("{\"w\": [[1, 2"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("line 1, column 13: malformed JSON: Unexpected end-of-input");
    }

    @Test
    void refusesContentBehindTheObject() {
        assertRefused(
                "{\"w\": [1]} 2",
                "at byte 11: line 1, column 12: something follows the end of the JSON document");
    }

    private Checkpoint open(String json) throws IOException {
        return CheckpointReader.open(Files.writeString(folder.resolve("file"), json));
    }

    private void assertRefused(String json, String reason) {
        assertThatThrownBy(() -> open(json))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + reason);
    }
}
