package dev.kaya.engine.checkpoint.folder;

import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static dev.kaya.engine.checkpoint.TestCheckpoints.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleBytes;
import dev.kaya.engine.checkpoint.SafetensorsBytes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.checkpoint.TorchFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedReaderTest {

    private static final String ONE = "model-00001-of-00002.safetensors";
    private static final String TWO = "model-00002-of-00002.safetensors";

    @TempDir Path folder;

    @Test
    void readsTheTensorsOfAllPartsInTheOrderOfTheIndex() throws IOException {
        part(ONE, "b", 2);
        part(TWO, "a", 3);
        Path index = index("{\"a\": \"" + TWO + "\", \"b\": \"" + ONE + "\"}");
        try (Checkpoint checkpoint = CheckpointReader.open(index)) {
            assertThat(checkpoint.format()).isEqualTo("safetensors, 2 files");
            assertThat(checkpoint.path()).isEqualTo(index);
            assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b");
            assertThat(floats(tensor(checkpoint, "a"))).containsExactly(0, 1, 2);
            assertThat(floats(tensor(checkpoint, "b"))).containsExactly(0, 1);
            assertThat(checkpoint.metadata()).isEqualTo(Map.of("total_size", 20L, "format", "pt"));
        }
    }

    @Test
    void readsPartsOfPytorch() throws IOException {
        for (String name : new String[] {"x", "y"}) {
            byte[] pickle = new PickleBytes().op('}').text(name).vector("0", 2).op('s').stop();
            Files.write(
                    folder.resolve(name + ".bin"),
                    TorchFiles.zip(pickle, TorchFiles.floatBytes(2)));
        }
        Path index = index("{\"x\": \"x.bin\", \"y\": \"y.bin\"}");
        try (Checkpoint checkpoint = CheckpointReader.open(index)) {
            assertThat(checkpoint.format()).isEqualTo("pytorch, 2 files");
            assertThat(floats(tensor(checkpoint, "y"))).containsExactly(0, 1);
        }
    }

    /** A fixture cut into three files has the same tensors, bit for bit. */
    @Test
    void aCheckpointInPartsIsTheSameAsInOne() throws IOException {
        try (Checkpoint whole = CheckpointReader.open(fixture("hf-llama/model.safetensors"))) {
            StringJoiner map = new StringJoiner(", ", "{", "}");
            int number = 0;
            for (TensorSource tensor : whole.tensors().values()) {
                String file = "part" + number++;
                byte[] bytes = TestCheckpoints.bytes(tensor, 0, tensor.elementCount()).array();
                Files.write(
                        folder.resolve(file),
                        SafetensorsBytes.of(
                                tensor.name(), tensor.type() + "", tensor.shape() + "", bytes));
                map.add("\"" + tensor.name() + "\": \"" + file + "\"");
            }
            try (Checkpoint parts = CheckpointReader.open(index(map.toString()))) {
                assertThat(parts.format()).isEqualTo("safetensors, 21 files");
                assertThat(parts.tensors().keySet()).isEqualTo(whole.tensors().keySet());
                for (TensorSource tensor : whole.tensors().values()) {
                    TensorSource other = tensor(parts, tensor.name());
                    assertThat(other.shape()).isEqualTo(tensor.shape());
                    assertThat(TestCheckpoints.bytes(other, 0, other.elementCount()).array())
                            .isEqualTo(
                                    TestCheckpoints.bytes(tensor, 0, tensor.elementCount())
                                            .array());
                }
            }
        }
    }

    @Test
    void closesEveryPart() throws IOException {
        part(ONE, "b", 2);
        part(TWO, "a", 3);
        Checkpoint checkpoint =
                CheckpointReader.open(index("{\"a\": \"" + TWO + "\", \"b\": \"" + ONE + "\"}"));
        checkpoint.close();
        MemorySegment target = MemorySegment.ofArray(new float[3]);
        for (TensorSource tensor : checkpoint.tensors().values()) {
            assertThatThrownBy(() -> tensor.read(0, 1, target))
                    .isInstanceOf(IllegalStateException.class);
        }
        checkpoint.close();
    }

    @Test
    void refusesAMissingPart() throws IOException {
        part(ONE, "b", 2);
        assertRefused(
                "{\"b\": \"" + ONE + "\", \"a\": \"" + TWO + "\"}",
                "the index names the file "
                        + TWO
                        + ", which is not beside it; put all parts into one folder");
    }

    @Test
    void refusesATensorMissingInItsPart() throws IOException {
        part(ONE, "b", 2);
        assertRefused(
                "{\"b\": \"" + ONE + "\", \"a\": \"" + ONE + "\"}",
                "the index says that the tensor a is in the file "
                        + ONE
                        + ", which does not have it");
    }

    @Test
    void refusesATensorThatTheIndexDoesNotName() throws IOException {
        part(ONE, "b", 2);
        part(TWO, "c", 2);
        assertRefused(
                "{\"b\": \"" + ONE + "\", \"a\": \"" + TWO + "\"}",
                "the file "
                        + TWO
                        + " has the tensor c, which the index does not name; they do not belong"
                        + " together");
    }

    @Test
    void refusesATensorInTwoParts() throws IOException {
        part(ONE, "b", 2);
        part(TWO, "b", 2);
        assertRefused(
                "{\"b\": \"" + ONE + "\", \"a\": \"" + TWO + "\"}",
                "the tensor b is in the file " + TWO + ", but the index says that it is in " + ONE);
    }

    @Test
    void refusesATensorNamedTwice() {
        assertThatThrownBy(() -> CheckpointReader.open(index("{\"a\": \"x\", \"a\": \"y\"}")))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("the key \"a\" occurs twice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x.safetensors",
                "..",
                ".",
                "",
                "/etc/passwd",
                "sub/x.safetensors",
                "sub\\\\x.safetensors",
                "x/",
            })
    void opensOnlyFilesInItsOwnFolder(String name) throws IOException {
        assertRefused(
                "{\"a\": \"" + name + "\"}",
                "the index names the file "
                        + name.replace("\\\\", "\\")
                        + "; only files in its own folder are opened");
    }

    @Test
    void refusesANameThatNoFileCanHave() throws IOException {
        assertRefused(
                "{\"a\": \"x\\u0000\"}",
                "the index names a file that cannot be one: Nul character not allowed");
    }

    @Test
    void refusesPartsOfAnotherKind() throws IOException {
        Path self = index("{\"a\": \"model.safetensors.index.json\"}");
        assertThatThrownBy(() -> CheckpointReader.open(self))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(self + ": a part of a checkpoint is a safetensors or PyTorch file");
    }

    @Test
    void refusesAnIndexWithoutTensorsOrFiles() throws IOException {
        assertRefused("{}", "the index names no tensors");
        assertRefused("{\"a\": 3}", "the index names no file for the tensor a");
    }

    @Test
    void refusesTooManyParts() throws IOException {
        StringJoiner map = new StringJoiner(", ", "{", "}");
        for (int i = 0; i <= ShardedReader.MAX_PARTS; i++) {
            part("p" + i, "t" + i, 1);
            map.add("\"t" + i + "\": \"p" + i + "\"");
        }
        assertRefused(map.toString(), "the index names more than 1024 files");
    }

    private void part(String file, String tensor, int length) throws IOException {
        byte[] bytes = TorchFiles.floatBytes(length);
        Files.write(
                folder.resolve(file),
                SafetensorsBytes.of(tensor, "F32", "[" + length + "]", bytes));
    }

    private Path index(String weightMap) throws IOException {
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\": {\"total_size\": 20}, \"weight_map\": " + weightMap + "}");
    }

    private void assertRefused(String weightMap, String reason) throws IOException {
        Path index = index(weightMap);
        assertThatThrownBy(() -> CheckpointReader.open(index))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(index + ": " + reason);
    }

    private static TensorSource tensor(Checkpoint checkpoint, String name) {
        return Objects.requireNonNull(checkpoint.tensors().get(name));
    }
}
