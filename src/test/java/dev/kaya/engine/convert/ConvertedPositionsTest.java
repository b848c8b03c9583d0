package dev.kaya.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.model.RopeScaling.Linear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scaled rotation and sliding windows survive being written anew, and count for something. */
class ConvertedPositionsTest {

    private static final String LINEAR = "{\"type\": \"linear\", \"factor\": 4.0}";
    private static final String YARN =
            """
            {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 6,
             "beta_fast": 8, "beta_slow": 2}
            """;
    private static final String LLAMA3 =
            """
            {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
             "original_max_position_embeddings": 12}
            """;

    @TempDir private Path folder;

    private LoadedModel plain() throws IOException {
        return TinyCheckpoint.llama().load(Files.createDirectory(folder.resolve("plain")));
    }

    private Path source(TinyCheckpoint tiny) throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        tiny.write(source);
        return source;
    }

    private LoadedModel converted(Path source, Container container) throws IOException {
        Path out = folder.resolve(container == Container.GGUF ? "out.gguf" : "out");
        CheckpointConverter.convert(source, out, container, Weights.AUTO);
        return ModelLoader.load(out);
    }

    /** Over all positions, where the logits of the last depend on all angles. */
    private static float[] logits(LoadedModel model) {
        try (var decoder = new TestDecoder(model)) {
            return decoder.lastLogits(model.tokenizer().encode("abcdefghijklmnoabcdefghi", false));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LINEAR, YARN})
    void scaledRotationKeepsItsBits(String scaling) throws IOException {
        Path source = source(TinyCheckpoint.llama().config("rope_scaling", scaling));
        float[] expected = logits(ModelLoader.load(source));
        assertThat(expected).isNotEqualTo(logits(plain()));
        assertThat(logits(converted(source, Container.SAFETENSORS))).isEqualTo(expected);
        assertThat(logits(converted(source, Container.GGUF))).isEqualTo(expected);
    }

    @Test
    void llama3KeepsItsBitsInAFolder() throws IOException {
        Path source = source(TinyCheckpoint.llama().config("rope_scaling", LLAMA3));
        LoadedModel after = converted(source, Container.SAFETENSORS);
        LoadedModel before = ModelLoader.load(source);
        assertThat(after.model().config()).isEqualTo(before.model().config());
        assertThat(logits(before)).isNotEqualTo(logits(plain()));
        assertThat(logits(after)).isEqualTo(logits(before));
    }

    /**
     * A divisor is rounded to 24 bits, an angle of at most 24 radians off by 24·2⁻²⁴; the logits,
     * of size 1, take part of that.
     */
    @Test
    void llama3IsATensorOfDivisorsInGguf() throws IOException {
        Path source = source(TinyCheckpoint.llama().config("rope_scaling", LLAMA3));
        LoadedModel after = converted(source, Container.GGUF);
        assertThat(after.model().config().positions().scaling()).isEqualTo(Linear.NONE);
        float[] divisors = after.model().weights().positions().rotaryDivisors();
        // Two pairs that turn 12/2π and 0.12/2π times in 12 positions: between short and long
        // waves, k = (12/2π − 1)/3, and long.
        double kept = (12 / (2 * Math.PI) - 1) / 3;
        assertThat(divisors).containsExactly((float) (1 / ((1 - kept) / 8 + kept)), 8f);
        float[] expected = logits(ModelLoader.load(source));
        float[] actual = logits(after);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(3e-5f));
        }
        // Written once more, it is the same tensor.
        Path again = folder.resolve("again.gguf");
        CheckpointConverter.convert(
                folder.resolve("out.gguf"), again, Container.GGUF, Weights.AUTO);
        assertThat(logits(ModelLoader.load(again))).isEqualTo(actual);
        refuses(folder.resolve("out.gguf"), Container.SAFETENSORS, "rope_freqs.weight");
    }

    @Test
    void yarnKeepsWhatItIsTold() throws IOException {
        String scaling = YARN.replace("}", ", \"attention_factor\": 1.5, \"truncate\": false}");
        Path source = source(TinyCheckpoint.llama().config("rope_scaling", scaling));
        LoadedModel before = ModelLoader.load(source);
        LoadedModel after = converted(source, Container.SAFETENSORS);
        assertThat(after.model().config()).isEqualTo(before.model().config());
        assertThat(logits(after)).isEqualTo(logits(before));
        refuses(source, Container.GGUF, "YaRN between pairs, truncate: false");
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void aWindowInAllLayersKeepsItsBits(Container container) throws IOException {
        Path source = source(TinyCheckpoint.llama().config("sliding_window", "5"));
        LoadedModel before = ModelLoader.load(source);
        LoadedModel after = converted(source, container);
        assertThat(logits(before)).isNotEqualTo(logits(plain()));
        assertThat(after.model().config().window()).isEqualTo(before.model().config().window());
        assertThat(logits(after)).isEqualTo(logits(before));
    }

    @Test
    void llamaWithAWindowIsMistral() throws IOException {
        converted(
                source(TinyCheckpoint.llama().config("sliding_window", "5")),
                Container.SAFETENSORS);
        assertThat(folder.resolve("out/config.json"))
                .content()
                .contains("\"MistralForCausalLM\"")
                .contains("\"mistral\"");
    }

    @Test
    void qwen3HasAWindowInAnyLayer() throws IOException {
        Path source =
                source(
                        TinyCheckpoint.qwen3()
                                .config("sliding_window", "5")
                                .config(
                                        "layer_types",
                                        "[\"sliding_attention\", \"full_attention\"]"));
        LoadedModel before = ModelLoader.load(source);
        assertThat(before.model().config().window().layers().cardinality()).isEqualTo(1);
        LoadedModel after = converted(source, Container.SAFETENSORS);
        assertThat(after.model().config()).isEqualTo(before.model().config());
        assertThat(logits(after)).isEqualTo(logits(before));
        refuses(source, Container.GGUF, "a sliding window in some layers and not in others");
    }

    @ParameterizedTest
    @CsvSource({"SAFETENSORS", "GGUF"})
    void llamaHasNoWindowInSomeLayers(Container container) throws IOException {
        Path source =
                source(
                        TinyCheckpoint.llama()
                                .config("sliding_window", "5")
                                .config("max_window_layers", "1"));
        refuses(source, container, "a sliding window in some layers and not in others");
    }

    private void refuses(Path source, Container container, String what) {
        assertThatThrownBy(
                        () ->
                                CheckpointConverter.convert(
                                        source, folder.resolve("refused"), container, Weights.AUTO))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("is written has a place for ")
                .hasMessageContaining(what);
    }
}
