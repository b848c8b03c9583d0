package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.resolve.SpecialTokens;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Arithmetic and names that no fixture has, against what Hugging Face's transformers and PyTorch
 * computed for the same weights in double precision: {@code golden/arithmetic/make.py}. The
 * tolerance of 1e-4 is absolute; logits are about 5, and single precision sums over tens of terms.
 */
class ReferenceArithmeticTest {

    private static final float TOLERANCE = 1e-4f;

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama3-rope, config.json, LLaMA (Hugging Face)",
        "linear-rope, config.json, LLaMA (Hugging Face)",
        "dynamic-rope, config.json, LLaMA (Hugging Face)",
        "yarn-rope, config.json, LLaMA (Hugging Face)",
        "yarn-rope-tuned, config.json, LLaMA (Hugging Face)",
        "yarn-rope-attention, config.json, LLaMA (Hugging Face)",
        "mistral-window, config.json, LLaMA (Hugging Face)",
        "qwen2-window, config.json, LLaMA (Hugging Face)",
        "qwen3-window, config.json, Qwen3 (Hugging Face)",
        "starcoder2, config.json, StarCoder2 (Hugging Face)",
        "lecture-fused, config.json, lecture GPT",
        "lecture-scaled, config.json, lecture GPT",
        "lecture-separate, config.json, lecture GPT",
        "lecture-one-head, config.json, lecture GPT",
        "lecture-unprojected, config.json, lecture GPT",
        "meta-llama, params.json, LLaMA (Meta)",
        "mapped-halves, config.json, the dialect mapped in config.json",
        "mapped-interleaved, config.json, the dialect mapped in config.json",
        "microgpt-3648, config.json, microgpt"
    })
    void givesTheLogitsOfTheReference(String name, String configName, String dialect)
            throws IOException {
        ReferenceModel reference = ReferenceModel.read(name).write(folder, configName);
        LoadedModel model = ModelLoader.load(folder);
        assertThat(model.card().dialect()).isEqualTo(dialect);
        assertLogits(model, reference);
    }

    private static void assertLogits(LoadedModel model, ReferenceModel reference) {
        try (var decoder = new TestDecoder(model)) {
            float[][] logits = decoder.forward(reference.ids(), 0);
            reference
                    .logits()
                    .forEach((position, expected) -> assertClose(logits[position], expected));
        }
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("logit %d: %s against %s", i, actual[i], expected[i])
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    /** Its files name BOS and EOS, and its vocabulary has characters for neither. */
    @Test
    void theEarliestMicrogptBeginsWithItsBosAndEndsWithItsEos() throws IOException {
        ReferenceModel.read("microgpt-3648").write(folder);
        LoadedModel model = ModelLoader.load(folder);

        assertThat(model.card().contents().parameters()).isEqualTo(3648);
        assertThat(model.specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.of(0), List.of(1), true));
        assertThat(model.vocabulary().sampleable()[0]).isFalse();
        assertThat(model.vocabulary().sampleable()[1]).isTrue();
        assertThat(model.stopsAtContextEnd()).isTrue();
        assertThat(TestDecoder.encode(model, "cab")).isEqualTo(new int[] {0, 4, 2, 3});
    }

    /** Its own list of characters begins with both. */
    @Test
    void theEarliestMicrogptMayHaveBosAndEosAmongItsCharacters() throws IOException {
        ReferenceModel reference = ReferenceModel.read("microgpt-3648").write(folder);
        Files.delete(folder.resolve("vocab.json"));
        String characters = "\"<BOS>\", \"<EOS>\"";
        for (char character = 'a'; character <= 'z'; character++) {
            characters += ", \"" + character + "\"";
        }
        Path config = folder.resolve("config.json");
        String settings = Files.readString(config);
        Files.writeString(
                config, settings.replaceFirst("\\{", "{\"uchars\": [" + characters + "], "));
        LoadedModel model = ModelLoader.load(folder);

        assertThat(model.specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.of(0), List.of(1), true));
        assertThat(TestDecoder.encode(model, "cab")).isEqualTo(new int[] {0, 4, 2, 3});
        assertLogits(model, reference);
    }

    /** A port that writes the state dict alone, and the rest beside it. */
    @Test
    void whatMicrogptsFileDoesNotSayComesFromTheConfigurationBesideIt() throws IOException {
        Path fixture = TestDecoder.FIXTURES.resolve("microgpt-4064");
        JsonNode root =
                JsonMapper.shared().readTree(Files.readString(fixture.resolve("weights.json")));
        Files.writeString(folder.resolve("weights.json"), root.get("weights").toString());
        Files.writeString(folder.resolve("config.json"), root.get("metadata").toString());
        Golden golden = Golden.read(fixture.resolve("golden.json")).getFirst();

        LoadedModel model = ModelLoader.load(folder);
        assertThat(TestDecoder.encode(model, String.valueOf(golden.prompt())))
                .isEqualTo(golden.promptIds());
        try (var decoder = new TestDecoder(model)) {
            assertClose(decoder.lastLogits(golden.promptIds()), golden.lastLogits());
        }
    }

    /** The same weights in the order of llama2.c's version 0, whose head is not the embedding. */
    @Test
    void aFileOfLlama2cGivesTheLogitsOfTheReference() throws IOException {
        ReferenceModel reference = ReferenceModel.read("meta-llama").write(folder, "unused.json");
        Files.delete(folder.resolve("model.safetensors"));
        ByteBuffer file = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        for (int size : new int[] {32, 48, 2, 2, 1, -24, 96}) {
            file.putInt(size);
        }
        put(file, "tok_embeddings.weight", 24, 32);
        putLayers(file, "attention_norm.weight", 32);
        putLayers(file, "attention.wq.weight", 32, 32);
        putLayers(file, "attention.wk.weight", 16, 32);
        putLayers(file, "attention.wv.weight", 16, 32);
        putLayers(file, "attention.wo.weight", 32, 32);
        putLayers(file, "ffn_norm.weight", 32);
        putLayers(file, "feed_forward.w1.weight", 48, 32);
        putLayers(file, "feed_forward.w2.weight", 32, 48);
        putLayers(file, "feed_forward.w3.weight", 48, 32);
        put(file, "norm.weight", 32);
        file.position(file.position() + 2 * 96 * 8 * Float.BYTES); // cosines and sines
        put(file, "output.weight", 24, 32);
        Files.write(folder.resolve("model.bin"), Arrays.copyOf(file.array(), file.position()));

        LoadedModel model = ModelLoader.load(folder);
        assertThat(model.card().container()).isEqualTo("llama2.c");
        assertThat(model.card().dialect()).isEqualTo("LLaMA (Meta)");
        assertLogits(model, reference);
    }

    private static void putLayers(ByteBuffer file, String name, long... shape) {
        for (int layer = 0; layer < 2; layer++) {
            put(file, "layers." + layer + "." + name, shape);
        }
    }

    private static void put(ByteBuffer file, String name, long... shape) {
        for (float weight : ReferenceModel.weights(name, shape)) {
            file.putFloat(weight);
        }
    }
}
