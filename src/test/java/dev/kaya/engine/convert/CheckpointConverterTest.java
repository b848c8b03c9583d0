package dev.kaya.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is written anew gives the golden tokens and logits of the checkpoint it came from: in the
 * bits where nothing was rounded.
 */
class CheckpointConverterTest {

    @TempDir private Path folder;

    private static Path fixture(String name) {
        return TestDecoder.FIXTURES.resolve(name);
    }

    static Stream<Arguments> lossless() {
        return Stream.of(
                Arguments.of("hf-gpt2", Container.SAFETENSORS, "GPT-2 (Hugging Face)"),
                Arguments.of("hf-gpt2", Container.GGUF, "GPT-2 (GGUF)"),
                Arguments.of("mingpt-bare", Container.SAFETENSORS, "GPT-2 (Hugging Face)"),
                Arguments.of("mingpt-bare", Container.GGUF, "GPT-2 (GGUF)"),
                Arguments.of("nanogpt-char", Container.SAFETENSORS, "GPT-2 (Hugging Face)"),
                Arguments.of("book-gpt", Container.SAFETENSORS, "GPT-2 (Hugging Face)"),
                Arguments.of("book-gpt", Container.GGUF, "GPT-2 (GGUF)"),
                Arguments.of("course-gpt2-legacy", Container.GGUF, "GPT-2 (GGUF)"),
                Arguments.of("course-llama", Container.SAFETENSORS, "LLaMA (Hugging Face)"),
                Arguments.of("course-llama", Container.GGUF, "LLaMA (GGUF)"),
                Arguments.of("hf-llama", Container.SAFETENSORS, "LLaMA (Hugging Face)"),
                Arguments.of("hf-llama", Container.GGUF, "LLaMA (GGUF)"),
                Arguments.of("hf-qwen2", Container.SAFETENSORS, "LLaMA (Hugging Face)"),
                Arguments.of("hf-qwen2", Container.GGUF, "Qwen2 (GGUF)"),
                Arguments.of("hf-qwen3", Container.SAFETENSORS, "Qwen3 (Hugging Face)"),
                Arguments.of("hf-qwen3", Container.GGUF, "Qwen3 (GGUF)"),
                Arguments.of("gguf-gpt2", Container.GGUF, "GPT-2 (GGUF)"),
                Arguments.of("gguf-llama/model-bf16.gguf", Container.GGUF, "LLaMA (GGUF)"),
                Arguments.of("gguf-llama/model-q8_0.gguf", Container.GGUF, "LLaMA (GGUF)"));
    }

    @ParameterizedTest
    @MethodSource("lossless")
    void losesNothing(String name, Container container, String dialect) throws IOException {
        Path out = folder.resolve(container == Container.GGUF ? "out.gguf" : "out");
        CheckpointConverter.convert(fixture(name), out, container, Weights.AUTO);

        LoadedModel before = ModelLoader.load(fixture(name));
        LoadedModel after = ModelLoader.load(out);

        assertThat(after.card().dialect()).isEqualTo(dialect);
        int[] prompt = before.tokenizer().encode("ROMEO: What light", false);
        assertThat(after.tokenizer().encode("ROMEO: What light", false)).isEqualTo(prompt);
        assertThat(after.tokenizer().decode(prompt)).isEqualTo("ROMEO: What light");
        assertThat(after.specialTokens()).isEqualTo(before.specialTokens());
        try (var one = new TestDecoder(before);
                var other = new TestDecoder(after)) {
            assertThat(other.lastLogits(prompt)).isEqualTo(one.lastLogits(prompt));
        }
    }

    /** A little more than a window of rows, of turned rows, and of inputs of turned rows. */
    @Test
    void matricesGoThroughWindows() throws IOException {
        int hidden = 257 * 256;
        TinyCheckpoint tiny = TinyCheckpoint.gpt2().config("n_inner", Integer.toString(hidden));
        for (String block : List.of("h.0.", "h.1.")) {
            tiny.add(block + "mlp.c_fc.weight", 16, hidden)
                    .add(block + "mlp.c_fc.bias", hidden)
                    .add(block + "mlp.c_proj.weight", hidden, 16);
        }
        tiny.add("wte.weight", 70_001, 16).add("lm_head.weight", 70_001, 16);
        Path source = Files.createDirectory(folder.resolve("source"));
        tiny.write(source);
        Path first = folder.resolve("first");
        Path second = folder.resolve("second.gguf");
        Path third = folder.resolve("third");
        CheckpointConverter.convert(source, first, Container.SAFETENSORS, Weights.AUTO);
        CheckpointConverter.convert(first, second, Container.GGUF, Weights.AUTO);
        Files.createDirectory(folder.resolve("beside"));
        Path beside = Files.move(second, folder.resolve("beside/second.gguf"));
        Files.copy(source.resolve("vocab.json"), beside.resolveSibling("vocab.json"));
        CheckpointConverter.convert(beside, third, Container.SAFETENSORS, Weights.AUTO);
        float[] expected = logits(source);
        for (Path converted : List.of(first, beside, third)) {
            assertThat(logits(converted)).isEqualTo(expected);
        }
    }

    private static float[] logits(Path checkpoint) throws IOException {
        LoadedModel model = ModelLoader.load(checkpoint);
        try (var decoder = new TestDecoder(model)) {
            return decoder.lastLogits(model.tokenizer().encode("abcdefgh", false));
        }
    }

    @Test
    void keepsTypesUnlessToldOtherwise() throws IOException {
        assertThat(held("hf-llama", Container.SAFETENSORS, Weights.AUTO)).isEqualTo(DataType.BF16);
        assertThat(held("hf-llama", Container.GGUF, Weights.F32)).isEqualTo(DataType.F32);
        assertThat(held("hf-gpt2", Container.SAFETENSORS, Weights.BF16)).isEqualTo(DataType.BF16);
        assertThat(held("gguf-llama/model-f32.gguf", Container.GGUF, Weights.Q8_0))
                .isEqualTo(DataType.Q8_0);
    }

    private DataType held(String name, Container container, Weights type) throws IOException {
        Path out = folder.resolve(name.replace('/', '-') + container + type);
        CheckpointConverter.convert(fixture(name), out, container, type);
        return ModelLoader.load(out).model().weights().tokenEmbedding().type(0);
    }

    /** The file that llama.cpp's quantiser made of the same weights. */
    @Test
    void quantisesWithTheBitsOfTheReference() throws IOException {
        Path out = folder.resolve("q8.gguf");
        CheckpointConverter.convert(
                fixture("gguf-llama/model-f32.gguf"), out, Container.GGUF, Weights.Q8_0);
        LoadedModel ours = ModelLoader.load(out);
        LoadedModel reference = ModelLoader.load(fixture("gguf-llama/model-q8_0.gguf"));
        int[] prompt = ours.tokenizer().encode("ROMEO: What light", false);
        try (var one = new TestDecoder(ours);
                var other = new TestDecoder(reference)) {
            assertThat(one.lastLogits(prompt)).isEqualTo(other.lastLogits(prompt));
        }
    }

    @Test
    void saysWhatHasNoPlaceInTheTarget() {
        Path out = folder.resolve("out");
        refuses("lecture-gpt", out, Container.SAFETENSORS, "the bias of its head");
        refuses("microgpt-4064", out, Container.GGUF, "norms where it has them");
        refuses("nanogpt-char", out, Container.GGUF, "its activation, GELU_ERF");
        assertThat(out).doesNotExist();
    }

    private static void refuses(String name, Path out, Container container, String what) {
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        fixture(name), out, container, Weights.AUTO))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("is written has a place for " + what);
    }

    @Test
    void refusesToWriteOverAnything() {
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        fixture("hf-gpt2"), folder, Container.GGUF, Weights.AUTO))
                .hasMessage(folder + " already exists; name one that does not");
        Path out = folder.resolve("out");
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        fixture("hf-gpt2"),
                                        out,
                                        Container.SAFETENSORS,
                                        Weights.Q8_0))
                .hasMessage("safetensors has no Q8_0; choose f32 or bf16, or convert to gguf");
    }
}
