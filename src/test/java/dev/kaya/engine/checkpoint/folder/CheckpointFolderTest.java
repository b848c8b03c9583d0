package dev.kaya.engine.checkpoint.folder;

import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static dev.kaya.engine.checkpoint.TestCheckpoints.shipped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.GgufBytes;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointFolderTest {

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "nanogpt-char, ckpt.pt",
        "hf-gpt2, model.safetensors",
        "hf-llama, model.safetensors",
        "microgpt-4064, weights.json",
        "book-gpt, model_and_optimizer.pth",
        "lecture-gpt, gpt.pth",
        "course-gpt2-legacy, trained_small_gpt.pt",
    })
    void findsTheOnlyWeightFile(String name, String expected) throws IOException {
        CheckpointFolder found = CheckpointFolder.find(fixture(name));
        assertThat(found.weights()).isEqualTo(fixture(name).resolve(expected));
    }

    @Test
    void findsTheCompanionsOfTheShippedStories() throws IOException {
        Path stories = shipped("stories");
        assertThat(CheckpointFolder.find(stories))
                .isEqualTo(
                        new CheckpointFolder(
                                stories.resolve("model.safetensors"),
                                stories.resolve("config.json"),
                                stories.resolve("generation_config.json"),
                                new CheckpointFolder.TokenizerFiles(
                                        stories.resolve("tokenizer.json"),
                                        null,
                                        null,
                                        null,
                                        null,
                                        null,
                                        new CheckpointFolder.TokenizerSettings(null, null, null))));
    }

    @Test
    void findsMetaPickleAndVocabularyFiles() throws IOException {
        CheckpointFolder nano = CheckpointFolder.find(fixture("nanogpt-char"));
        assertThat(nano.tokenizer().metaPickle()).isEqualTo(fixture("nanogpt-char/meta.pkl"));
        assertThat(nano.config()).isNull();
        CheckpointFolder gpt2 = CheckpointFolder.find(fixture("hf-gpt2"));
        assertThat(gpt2.tokenizer().vocabJson()).isEqualTo(fixture("hf-gpt2/vocab.json"));
        assertThat(gpt2.tokenizer().merges()).isEqualTo(fixture("hf-gpt2/merges.txt"));
    }

    @Test
    void findsTheCompanionsOfAFileNamedDirectly() throws IOException {
        CheckpointFolder found = CheckpointFolder.find(fixture("hf-llama/model.safetensors"));
        assertThat(found.weights()).isEqualTo(fixture("hf-llama/model.safetensors"));
        assertThat(found.config()).isEqualTo(fixture("hf-llama/config.json"));
    }

    @Test
    void prefersTheIndexToASingleFile() throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {}}");
        Files.copy(fixture("hf-llama/model.safetensors"), folder.resolve("model.safetensors"));
        assertThat(CheckpointFolder.find(folder).weights())
                .isEqualTo(folder.resolve("model.safetensors.index.json"));
    }

    @Test
    void prefersModelSafetensorsToOtherWeights() throws IOException {
        Files.copy(fixture("hf-llama/model.safetensors"), folder.resolve("model.safetensors"));
        Files.copy(fixture("mingpt-bare/model.pt"), folder.resolve("pytorch_model.bin"));
        assertThat(CheckpointFolder.find(folder).weights())
                .isEqualTo(folder.resolve("model.safetensors"));
    }

    @Test
    void leavesTrainingStateOut() throws IOException {
        Files.copy(fixture("mingpt-bare/model.pt"), folder.resolve("pytorch_model.bin"));
        Files.copy(fixture("mingpt-bare/model.pt"), folder.resolve("optimizer.pt"));
        Files.copy(fixture("mingpt-bare/model.pt"), folder.resolve("scheduler.pt"));
        Files.copy(fixture("mingpt-bare/model.pt"), folder.resolve("rng_state.pth"));
        assertThat(CheckpointFolder.find(folder).weights())
                .isEqualTo(folder.resolve("pytorch_model.bin"));
    }

    @Test
    void findsABareJsonStateDictAmongOtherJson() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": [1, 2]}");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0}");
        Files.writeString(folder.resolve("golden.json"), "{\"prompt\": \"a\", \"x\": [[1.0]]}");
        Files.writeString(folder.resolve("broken.json"), "{\"x\": ");
        Files.writeString(folder.resolve("mine.json"), "{\"wte\": [[0.5, 1]]}");
        assertThat(CheckpointFolder.find(folder).weights()).isEqualTo(folder.resolve("mine.json"));
    }

    @Test
    void findsAGgufFileAmongOtherFiles() throws IOException {
        Files.write(folder.resolve("mine"), GgufBytes.header(0, 0).bytes());
        Files.writeString(folder.resolve("golden.json"), "{\"prompt\": \"a\"}");
        assertThat(CheckpointFolder.find(folder).weights()).isEqualTo(folder.resolve("mine"));
    }

    @Test
    void findsALlama2cModelBesideItsTokenizer() throws IOException {
        ByteBuffer model = ByteBuffer.allocate(28 + 4 * 220).order(ByteOrder.LITTLE_ENDIAN);
        for (int size : new int[] {4, 3, 2, 2, 1, 5, 6}) {
            model.putInt(size);
        }
        Files.write(folder.resolve("stories.bin"), model.array());
        // The longest token, then a score, a length and the bytes of each.
        ByteBuffer tokens = ByteBuffer.allocate(4 + 2 * 9).order(ByteOrder.LITTLE_ENDIAN);
        tokens.putInt(1).putFloat(0).putInt(1).put((byte) 'a').putFloat(-1).putInt(1);
        Files.write(folder.resolve("tokenizer.bin"), tokens.put((byte) 'b').array());
        assertThat(CheckpointFolder.find(folder).weights())
                .isEqualTo(folder.resolve("stories.bin"));
    }

    @Test
    void saysWhatToDoWithPartsWithoutTheirIndex() throws IOException {
        Path part = folder.resolve("model-00001-of-00003.safetensors");
        Files.copy(fixture("hf-llama/model.safetensors"), part);
        String reason =
                part
                        + ": this is one of 3 parts of a checkpoint; put"
                        + " model.safetensors.index.json, which lies with them where they come"
                        + " from, beside all of them, and name it or the folder";
        for (Path named : List.of(folder, part)) {
            assertThatThrownBy(() -> CheckpointFolder.find(named))
                    .isInstanceOf(MalformedCheckpointException.class)
                    .hasMessage(reason);
        }
    }

    @Test
    void pointsFromAPartToItsIndex() throws IOException {
        Path part = folder.resolve("pytorch_model-00002-of-00003.bin");
        Files.copy(fixture("mingpt-bare/model.pt"), part);
        Path index = folder.resolve("pytorch_model.bin.index.json");
        Files.writeString(index, "{\"weight_map\": {}}");
        assertThatThrownBy(() -> CheckpointFolder.find(part))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        part
                                + ": this is one of 3 parts of a checkpoint; name"
                                + " pytorch_model.bin.index.json or the folder instead");
        assertThat(CheckpointFolder.find(folder).weights()).isEqualTo(index);
    }

    @Test
    void takesTheOnlyPartOfOneForTheWhole() throws IOException {
        Path file = folder.resolve("model-00001-of-00001.safetensors");
        Files.copy(fixture("hf-llama/model.safetensors"), file);
        assertThat(CheckpointFolder.find(folder).weights()).isEqualTo(file);
    }

    @Test
    void listsSeveralCandidates() throws IOException {
        Files.copy(fixture("nanogpt-char/ckpt.pt"), folder.resolve("best.pt"));
        Files.copy(fixture("nanogpt-char/ckpt.pt"), folder.resolve("last.pt"));
        assertThatThrownBy(() -> CheckpointFolder.find(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        folder
                                + ": several weight files in this folder: best.pt, last.pt; name"
                                + " the one to serve");
    }

    @Test
    void saysWhatItLookedForInAFolderWithoutWeights() throws IOException {
        Files.writeString(folder.resolve("README.md"), "nothing here");
        assertThatThrownBy(() -> CheckpointFolder.find(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        folder
                                + ": no weight file in this folder; looked for *.index.json,"
                                + " model.safetensors and any file of safetensors, PyTorch, GGUF,"
                                + " llama2.c or JSON weights");
    }

    @Test
    void refusesAPathThatIsNotThere() {
        Path path = folder.resolve("nowhere");
        assertThatThrownBy(() -> CheckpointFolder.find(path))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(path + ": there is no such file or folder");
    }
}
