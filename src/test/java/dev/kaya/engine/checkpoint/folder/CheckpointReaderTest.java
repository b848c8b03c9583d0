package dev.kaya.engine.checkpoint.folder;

import static dev.kaya.engine.checkpoint.TestCheckpoints.bitsOfBf16At;
import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static dev.kaya.engine.checkpoint.TestCheckpoints.floatAt;
import static dev.kaya.engine.checkpoint.TestCheckpoints.floats;
import static dev.kaya.engine.checkpoint.TestCheckpoints.readAll;
import static dev.kaya.engine.checkpoint.TestCheckpoints.shipped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The expected numbers were computed with Python: NumPy's frombuffer on the bytes of the
 * safetensors data and of the zip entries that the pickle names, and the json module.
 */
class CheckpointReaderTest {

    private static final String SUPPORTED =
            "supported are safetensors and PyTorch files (torch.save), the *.index.json of either,"
                    + " GGUF, llama2.c and JSON weights";

    @TempDir Path folder;

    @Test
    void readsNanoGptWithItsWrapperAndMetadata() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("nanogpt-char/ckpt.pt"))) {
            assertThat(checkpoint.format()).isEqualTo("pytorch");
            assertThat(checkpoint.path()).isEqualTo(fixture("nanogpt-char/ckpt.pt"));
            assertThat(checkpoint.tensors()).hasSize(29);
            assertThat(checkpoint.tensors().keySet())
                    .startsWith(
                            "_orig_mod.transformer.wte.weight", "_orig_mod.transformer.wpe.weight")
                    .endsWith("_orig_mod.lm_head.weight");
            TensorSource wte = tensor(checkpoint, "_orig_mod.transformer.wte.weight");
            assertThat(wte.type()).isEqualTo(DataType.F32);
            assertThat(wte.shape()).containsExactly(65L, 48L);
            float[] values = floats(wte);
            assertThat(values).hasSize(3120);
            assertThat(values[0]).isEqualTo(0.27634948f);
            assertThat(values[1560]).isEqualTo(0.042614035f);
            assertThat(values[3119]).isEqualTo(0.058593545f);
            assertThat(floats(tensor(checkpoint, "_orig_mod.lm_head.weight"))).isEqualTo(values);
            assertThat(checkpoint.metadata())
                    .containsOnlyKeys(
                            "optimizer", "model_args", "iter_num", "best_val_loss", "config")
                    .containsEntry("iter_num", 100L)
                    .containsEntry("best_val_loss", 1.5)
                    .containsEntry("config", Map.of("dataset", "x"))
                    .containsEntry(
                            "model_args",
                            Map.of(
                                    "n_layer", 2L,
                                    "n_head", 4L,
                                    "n_embd", 48L,
                                    "block_size", 64L,
                                    "bias", true,
                                    "vocab_size", 65L,
                                    "dropout", 0.2));
            readAll(checkpoint);
        }
    }

    @Test
    void readsThePickledConfigInstanceAsItsAttributes() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("course-llama/best_model.pt"))) {
            assertThat(checkpoint.tensors()).hasSize(21);
            TensorSource w3 = tensor(checkpoint, "layers.1.ffn.w3.weight");
            assertThat(w3.shape()).containsExactly(64L, 256L);
            assertThat(floatAt(w3, 8192)).isEqualTo(-0.048900932f);
            assertThat(checkpoint.metadata())
                    .containsEntry("step", 5000L)
                    .containsEntry("loss", 2.5);
            assertThat(tree(checkpoint.metadata(), "config"))
                    .containsEntry("vocab_size", 512L)
                    .containsEntry("d_model", 64L)
                    .containsEntry("num_heads", 4L)
                    .containsEntry("learning_rate", 0.0003);
        }
    }

    /** The numbers are those of PyTorch's torch.load. */
    @Test
    void readsTheFormatFromBeforePytorch16() throws IOException {
        Path file = fixture("course-gpt2-legacy/trained_small_gpt.pt");
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            assertThat(checkpoint.format()).isEqualTo("pytorch before 1.6");
            assertThat(checkpoint.tensors()).hasSize(31);
            TensorSource positions = tensor(checkpoint, "embeddings.position_embedding");
            assertThat(positions.type()).isEqualTo(DataType.F32);
            assertThat(positions.shape()).containsExactly(1L, 64L, 64L);
            assertThat(floatAt(positions, 0)).isEqualTo(0.053313103f);
            assertThat(floatAt(positions, 4095)).isEqualTo(0.03439313f);
            TensorSource last = tensor(checkpoint, "blocks.1.ffn.net.2.bias");
            assertThat(floatAt(last, 63)).isEqualTo(-0.010447799f);
            assertThat(checkpoint.metadata()).isEmpty();
            readAll(checkpoint);
        }
    }

    @Test
    void leavesTheOptimizerOut() throws IOException {
        Path file = fixture("book-gpt/model_and_optimizer.pth");
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            assertThat(checkpoint.tensors()).hasSize(33);
            assertThat(floatAt(tensor(checkpoint, "final_norm.shift"), 63)).isEqualTo(-0.08939286f);
            assertThat(checkpoint.metadata()).containsOnlyKeys("optimizer_state_dict");
        }
    }

    @Test
    void readsABareStateDict() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("mingpt-bare/model.pt"))) {
            assertThat(checkpoint.tensors()).hasSize(31);
            assertThat(checkpoint.metadata()).isEmpty();
            readAll(checkpoint);
        }
    }

    @Test
    void readsTheVocabularyInsideALectureCheckpoint() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("lecture-gpt/gpt.pth"))) {
            assertThat(checkpoint.tensors()).hasSize(58);
            assertThat(floatAt(tensor(checkpoint, "lm_head.bias"), 64)).isEqualTo(0.065317266f);
            assertThat(checkpoint.metadata()).containsOnlyKeys("config", "stoi", "itos");
            assertThat(tree(checkpoint.metadata(), "stoi")).hasSize(65).containsEntry("A", 13L);
            assertThat(tree(checkpoint.metadata(), "itos")).hasSize(65).containsEntry("13", "A");
        }
    }

    @Test
    void readsSafetensorsInSinglePrecision() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("hf-gpt2/model.safetensors"))) {
            assertThat(checkpoint.format()).isEqualTo("safetensors");
            assertThat(checkpoint.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(checkpoint.tensors()).hasSize(28);
            TensorSource wpe = tensor(checkpoint, "wpe.weight");
            assertThat(wpe.type()).isEqualTo(DataType.F32);
            assertThat(wpe.shape()).containsExactly(96L, 64L);
            assertThat(floatAt(wpe, 0)).isEqualTo(-0.07673622f);
            assertThat(floatAt(wpe, 1)).isEqualTo(0.07519211f);
            assertThat(floatAt(wpe, 96 * 64 - 1)).isEqualTo(0.058625467f);
            readAll(checkpoint);
        }
    }

    @Test
    void readsSafetensorsInBrainFloat() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("hf-llama/model.safetensors"))) {
            assertThat(checkpoint.tensors()).hasSize(21);
            TensorSource down = tensor(checkpoint, "model.layers.1.mlp.down_proj.weight");
            assertThat(down.type()).isEqualTo(DataType.BF16);
            assertThat(down.shape()).containsExactly(64L, 176L);
            assertThat(bitsOfBf16At(down, 0)).isEqualTo(48729);
            assertThat(bitsOfBf16At(down, 1)).isEqualTo(48694);
            assertThat(bitsOfBf16At(down, 64 * 176 - 1)).isEqualTo(48748);
        }
    }

    @Test
    void readsMicrogptWeightsFromJson() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("microgpt-4064/weights.json"))) {
            assertThat(checkpoint.format()).isEqualTo("json");
            assertThat(checkpoint.tensors().keySet())
                    .containsExactly(
                            "wte",
                            "wpe",
                            "lm_head",
                            "layer0.attn_wq",
                            "layer0.attn_wk",
                            "layer0.attn_wv",
                            "layer0.attn_wo",
                            "layer0.mlp_fc1",
                            "layer0.mlp_fc2");
            TensorSource fc2 = tensor(checkpoint, "layer0.mlp_fc2");
            assertThat(fc2.shape()).containsExactly(16L, 64L);
            assertThat(floatAt(fc2, 0)).isEqualTo(0.37381703f);
            assertThat(floatAt(fc2, 1023)).isEqualTo(-0.09691884f);
            assertThat(checkpoint.metadata())
                    .containsEntry("block_size", 8L)
                    .containsEntry("BOS", 26L)
                    .containsEntry("activation", "relu_squared");
            assertThat((List<?>) checkpoint.metadata().get("uchars")).hasSize(26);
        }
    }

    @Test
    void readsTheShippedCheckpoints() throws IOException {
        try (Checkpoint names = CheckpointReader.open(shipped("names/weights.json"));
                Checkpoint shakespeare =
                        CheckpointReader.open(shipped("shakespeare-char/ckpt.pt"));
                Checkpoint stories = CheckpointReader.open(shipped("stories/model.safetensors"))) {
            assertThat(floatAt(tensor(names, "wte"), 0)).isEqualTo(0.20178731f);
            assertThat(floatAt(tensor(names, "layer0.mlp_fc1"), 1023)).isEqualTo(0.15757424f);
            assertThat(floatAt(tensor(shakespeare, "transformer.ln_f.weight"), 64))
                    .isEqualTo(1.5340585f);
            assertThat(shakespeare.metadata()).containsEntry("best_val_loss", 1.5198591351509094);
            assertThat(bitsOfBf16At(tensor(stories, "model.norm.weight"), 191)).isEqualTo(16343);
            readAll(names);
            readAll(shakespeare);
            readAll(stories);
        }
    }

    @Test
    void readsAPieceFromTheMiddle() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("hf-gpt2/model.safetensors"))) {
            TensorSource wte = tensor(checkpoint, "wte.weight");
            float[] all = floats(wte);
            float[] piece = new float[10];
            TestCheckpoints.bytes(wte, 100, 10).asFloatBuffer().get(piece);
            assertThat(piece).containsExactly(Arrays.copyOfRange(all, 100, 110));
        }
    }

    @Test
    void refusesAReadBeyondTheTensorOrTheTarget() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("hf-gpt2/model.safetensors"))) {
            TensorSource bias = tensor(checkpoint, "ln_f.bias");
            MemorySegment target = MemorySegment.ofArray(new float[64]);
            assertThatThrownBy(() -> bias.read(1, 64, target))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> bias.read(0, 64, MemorySegment.ofArray(new float[63])))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void tensorsAndMetadataCannotBeChanged() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(fixture("nanogpt-char/ckpt.pt"))) {
            assertThatThrownBy(() -> checkpoint.tensors().clear())
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> checkpoint.metadata().clear())
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> tree(checkpoint.metadata(), "model_args").clear())
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void closingTwiceIsHarmless() throws IOException {
        Checkpoint checkpoint = CheckpointReader.open(fixture("hf-gpt2/model.safetensors"));
        checkpoint.close();
        checkpoint.close();
    }

    @Test
    void recognisesSafetensorsWhateverTheFileIsCalled() throws IOException {
        Path file = folder.resolve("weights.pt");
        Files.copy(fixture("hf-gpt2/model.safetensors"), file);
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            assertThat(checkpoint.format()).isEqualTo("safetensors");
        }
    }

    @Test
    void refusesAMissingFile() {
        Path file = folder.resolve("nothing.pt");
        assertRefused(file, "there is no such file");
    }

    @Test
    void refusesAFolder() {
        assertRefused(folder, "this is a folder; a weight file is expected");
    }

    @Test
    void refusesAnEmptyFile() throws IOException {
        assertRefused(write(new byte[0]), "the file is empty");
    }

    @Test
    void refusesUnknownContentAndShowsIt() throws IOException {
        assertRefused(
                write("ROMEO: hello".getBytes(StandardCharsets.UTF_8)),
                "unknown kind of file, beginning with the bytes 52 4f 4d 45 4f 3a 20 68; "
                        + SUPPORTED);
    }

    @Test
    void refusesATarArchiveByName() throws IOException {
        byte[] tar = new byte[512];
        System.arraycopy("ustar".getBytes(StandardCharsets.UTF_8), 0, tar, 257, 5);
        assertRefused(
                write(tar),
                "this is a tar archive, as the first versions of PyTorch wrote; load it with"
                        + " torch.load and write it again with torch.save");
    }

    @Test
    void refusesABarePickleAsWeights() {
        assertRefused(
                fixture("nanogpt-char/meta.pkl"),
                "this is a bare pickle, which holds no weights Kaya can read; " + SUPPORTED);
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("file"), bytes);
    }

    private static void assertRefused(Path file, String reason) {
        assertThatThrownBy(() -> CheckpointReader.open(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": " + reason);
    }

    private static TensorSource tensor(Checkpoint checkpoint, String name) {
        assertThat(checkpoint.tensors()).containsKey(name);
        return Objects.requireNonNull(checkpoint.tensors().get(name));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> tree(Map<String, ?> metadata, String key) {
        return (Map<String, Object>) Objects.requireNonNull(metadata.get(key));
    }
}
