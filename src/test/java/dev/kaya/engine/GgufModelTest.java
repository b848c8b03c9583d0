package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** A model in GGUF is the model it was converted from, to the bit; and what is refused. */
class GgufModelTest {

    private static final Path GPT2 = TestDecoder.FIXTURES.resolve("gguf-gpt2");
    private static final Path Q8_0 = TestDecoder.FIXTURES.resolve("gguf-llama/model-q8_0.gguf");

    @TempDir private Path folder;
    private Path source = Path.of("");
    private Path target = Path.of("");

    @BeforeEach
    void makeFolders() throws IOException {
        source = Files.createDirectory(folder.resolve("source"));
        target = Files.createDirectory(folder.resolve("target"));
    }

    @Test
    void llamaGivesTheBitsOfTheModelItWasMadeOf() throws IOException {
        LoadedModel model = load(TinyGguf.llama(TinyCheckpoint.biasedLlama(), source));

        assertThat(model.card().container()).isEqualTo("gguf");
        assertThat(model.card().dialect()).isEqualTo("LLaMA (GGUF)");
        assertSameBits(model, ModelLoader.load(source));
    }

    @Test
    void gpt2GivesTheBitsOfTheModelItWasMadeOf() throws IOException {
        LoadedModel model = load(TinyGguf.gpt2(TinyCheckpoint.gpt2(), source));

        assertThat(model.card().dialect()).isEqualTo("GPT-2 (GGUF)");
        assertSameBits(model, ModelLoader.load(source));
    }

    @Test
    void qwen2AndQwen3GiveTheBitsOfTheModelsTheyWereMadeOf() throws IOException {
        LoadedModel qwen2 = load(TinyGguf.qwen2(TinyCheckpoint.biasedLlama(), source));
        assertThat(qwen2.card().dialect()).isEqualTo("Qwen2 (GGUF)");
        assertSameBits(qwen2, ModelLoader.load(source));

        LoadedModel qwen3 = load(TinyGguf.qwen3(TinyCheckpoint.qwen3(), source));
        assertThat(qwen3.card().dialect()).isEqualTo("Qwen3 (GGUF)");
        assertSameBits(qwen3, ModelLoader.load(source));
    }

    /** The same arithmetic under the names of Hugging Face. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    rope.scaling.type=linear,rope.scaling.factor=4     | "rope_scaling": {"type": "linear", "factor": 4}
                    rope.scaling.factor=4                              | "rope_scaling": {"type": "linear", "factor": 4}
                    rope.scale_linear=2                                | "rope_scaling": {"type": "linear", "factor": 2}
                    rope.scaling.type=none,rope.scaling.factor=4       | "rope_scaling": null
                    rope.scaling.type=yarn,rope.scaling.factor=4,rope.scaling.original_context_length=12,rope.freq_base=20 | "rope_theta": 20, "rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 12}
                    attention.sliding_window=8                         | "sliding_window": 8
                    rope.dimension_count=2                             | "partial_rotary_factor": 0.5
                    """)
    void readsPositionsAndWindowsAsConfigurationsSayThem(String keys, String config)
            throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.biasedLlama();
        GgufWriter writer = TinyGguf.qwen2(tiny, source);
        for (String key : keys.split(",", -1)) {
            String[] pair = key.split("=", -1);
            writer.put("qwen2." + pair[0], typed(pair[1]));
        }
        LoadedModel model = load(writer);
        JsonMapper.shared()
                .readTree("{" + config + "}")
                .properties()
                .forEach(entry -> tiny.config(entry.getKey(), entry.getValue().toString()));
        assertSameBits(model, tiny.load(source));
    }

    @Test
    void pairsOfAPartOfAHeadArePutInTheirPlaces() throws IOException {
        // Heads of four rotate their first two elements: a pair already, so the order stays.
        TinyCheckpoint tiny = TinyCheckpoint.llama().config("partial_rotary_factor", "0.5");
        GgufWriter halves = TinyGguf.qwen2(tiny, source).put("qwen2.rope.dimension_count", 2L);
        LoadedModel expected = load(halves);
        LoadedModel paired =
                load(
                        halves.put("general.architecture", "llama")
                                .put("llama.context_length", 24L)
                                .put("llama.attention.head_count", 4L)
                                .put("llama.attention.layer_norm_rms_epsilon", 1e-6)
                                .put("llama.rope.dimension_count", 2L));

        assertThat(paired.card().dialect()).isEqualTo("LLaMA (GGUF)");
        assertSameBits(paired, expected);
    }

    private static Object typed(String value) {
        return value.matches("[0-9]+") ? (Object) Long.valueOf(value) : value;
    }

    @Test
    void withoutAnOutputTheHeadIsTheEmbedding() throws IOException {
        GgufWriter gpt2 = TinyGguf.gpt2(TinyCheckpoint.gpt2().without("lm_head.weight"), source);
        assertSameBits(load(gpt2), ModelLoader.load(source));

        Inspection inspection = Inspection.of(target);
        Inspection.Model model = Objects.requireNonNull(inspection.model());
        Inspection.Arithmetic arithmetic = Objects.requireNonNull(model.arithmetic());
        assertThat(arithmetic.tied()).isTrue();
        assertThat(inspection.problems()).isEmpty();
    }

    /** Eight bits times a half precision scale are exact in single precision. */
    @Test
    void quantisedWeightsGiveTheBitsOfTheirValues() throws IOException {
        Path values = target.resolve("values.gguf");
        widened().write(values);
        LoadedModel model = ModelLoader.load(Q8_0);

        assertThat(model.card().contents().elementsByType())
                .isEqualTo(Map.of(DataType.F32, 768L, DataType.Q8_0, 851_968L));
        assertSameBits(model, ModelLoader.load(values));
    }

    /** The quantised fixture with its values in single precision. */
    private static GgufWriter widened() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(Q8_0)) {
            var writer = new GgufWriter();
            checkpoint
                    .metadata()
                    .forEach((key, value) -> writer.put(key, Objects.requireNonNull(value)));
            for (TensorSource tensor : checkpoint.tensors().values()) {
                long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
                writer.add(tensor.name(), values(tensor), shape);
            }
            return writer;
        }
    }

    private static float[] values(TensorSource tensor) throws IOException {
        int count = (int) tensor.elementCount();
        ByteBuffer stored =
                ByteBuffer.allocate((int) tensor.type().bytes(count))
                        .order(ByteOrder.LITTLE_ENDIAN);
        tensor.read(0, count, MemorySegment.ofBuffer(stored));
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            int block = i / 32 * 34;
            values[i] =
                    tensor.type() == DataType.Q8_0
                            ? stored.get(block + 2 + i % 32)
                                    * Float.float16ToFloat(stored.getShort(block))
                            : stored.getFloat(i * Float.BYTES);
        }
        return values;
    }

    @Test
    void takesTheSettingsOfTheArchitecture() throws IOException {
        TransformerConfig config =
                load(TinyGguf.llama(TinyCheckpoint.llama(), source)
                                .put("llama.context_length", 100L)
                                .put("llama.rope.freq_base", 500000.0)
                                .put("llama.attention.layer_norm_rms_epsilon", 1e-3)
                                .put("llama.rope.scaling.type", "none"))
                        .model()
                        .config();

        assertThat(config.dimensions()).isEqualTo(new Dimensions(16, 100, 16, 2));
        assertThat(config.attention()).isEqualTo(new AttentionShape(4, 2, 4));
        assertThat(config.feedForward()).isEqualTo(new FeedForward(32, Activation.SILU, true));
        assertThat(config.normalization().epsilon()).isEqualTo(1e-3f);
        assertThat(config.positions().theta()).isEqualTo(500_000);
        assertThat(ModelLoader.load(GPT2).model().config().feedForward())
                .isEqualTo(new FeedForward(256, Activation.GELU_TANH, false));
    }

    @Test
    void takesSpecialTokensFromTheFile() throws IOException {
        assertThat(ModelLoader.load(GPT2).specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.of(511), List.of(511), false));
    }

    @Test
    void putsABosInFrontWhenTheFileAsksForIt() throws IOException {
        Path file = target.resolve("bos.gguf");
        widened()
                .put("tokenizer.ggml.add_bos_token", true)
                .put("tokenizer.ggml.eos_token_id", 7L)
                .write(file);
        assertThat(ModelLoader.load(file).specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.of(511), List.of(7, 511), true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    attention.head_count       | 3     | llama.attention.head_count must be a divisor of the embedding, 16; given 3
                    attention.head_count_kv    | 4     | llama.attention.head_count_kv must be 2 by the weights; given 4
                    attention.key_length       | 8     | llama.attention.head_count_kv must be 1 by the weights; given 2
                    attention.value_length     | 8     | llama.attention.value_length must be 4, the length of keys; given 8
                    block_count                | 3     | llama.block_count must be 2 by the weights; given 3
                    embedding_length           | 32    | llama.embedding_length must be 16 by the weights; given 32
                    feed_forward_length        | 64    | llama.feed_forward_length must be 32 by the weights; given 64
                    context_length             | 0     | llama.context_length must be a positive whole number; given 0
                    rope.dimension_count       | 3     | llama.rope.dimension_count must be even and at most 4; given 3
                    rope.dimension_count       | 6     | llama.rope.dimension_count must be even and at most 4; given 6
                    rope.freq_base             | 0     | llama.rope.freq_base must be above 0; given 0.0
                    rope.scaling.type          | longrope | llama.rope.scaling.type must be none, linear or yarn; given longrope
                    rope.scaling.factor        | big   | llama.rope.scaling.factor must be a number; given big
                    rope.scaling.yarn_log_multiplier | 2 | llama.rope.scaling.yarn_log_multiplier must be absent or 0.0; given 2.0
                    expert_count               | 8     | llama.expert_count must be absent or 0; given 8
                    attention.sliding_window_pattern | 4 | llama.attention.sliding_window_pattern must be absent; given 4
                    """)
    void refusesSettingsThatDoNotFit(String key, String value, String reason) throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source).put("llama." + key, typed(value)),
                reason);
    }

    @Test
    void refusesACausalMaskTurnedOff() throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source).put("llama.attention.causal", false),
                "llama.attention.causal must be absent or true; given false");
    }

    @Test
    void refusesOnePartOfASplitModel() throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source).put("split.count", 2L),
                "split.count must be absent: join the parts of the model first; given 2");
    }

    @Test
    void gpt2sContextMustBeThatOfItsPositions() throws IOException {
        assertRefused(
                TinyGguf.gpt2(TinyCheckpoint.gpt2(), source).put("gpt2.context_length", 99L),
                "gpt2.context_length must be 24 by the weights; given 99");
    }

    @Test
    void headsMustLeaveRoomForKeysInAFusedProjection() throws IOException {
        assertRefused(
                TinyGguf.gpt2(TinyCheckpoint.gpt2(), source)
                        .put("gpt2.attention.head_count", 8L)
                        .put("gpt2.attention.key_length", 8L),
                "gpt2.attention.head_count must be in keeping with keys of length -8; given 8");
    }

    @Test
    void aMissingNumberOfHeadsSaysWhereToWriteIt() throws IOException {
        assertRefused(
                TinyGguf.gpt2(TinyCheckpoint.gpt2(), source).without("gpt2.attention.head_count"),
                "the file does not say its number of heads; write {\"n_head\": …} into a"
                        + " config.json beside it");
    }

    @Test
    void refusesOtherArchitecturesByName() throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source)
                        .put("general.architecture", "gemma3"),
                "general.architecture must be gpt2 or llama or mistral or qwen2 or qwen3; given"
                        + " gemma3");
    }

    @Test
    void listsTensorsThatAreMissingOrUnknown() throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source)
                        .withoutTensor("blk.1.ffn_gate.weight"),
                "looks like LLaMA (GGUF) but lacks blk.1.ffn_gate.weight");
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source)
                        .add("blk.0.ffn_gate_inp.weight", new float[4], 4),
                "looks like LLaMA (GGUF) but has tensors that it does not know:"
                        + " blk.0.ffn_gate_inp.weight");
    }

    /** Pairs turn by 1 and 1/100; the second divided by 8 is that of the base 800². */
    @Test
    void divisorsOfRotaryFrequenciesDivideThem() throws IOException {
        LoadedModel divided =
                load(
                        TinyGguf.llama(TinyCheckpoint.llama(), source)
                                .add("rope_freqs.weight", new float[] {1, 8}, 2));
        LoadedModel other = TinyCheckpoint.llama().config("rope_theta", "640000").load(source);

        assertSameBits(divided, other);
    }

    @Test
    void divisorsAreNumbersAbove0ForEachPair() throws IOException {
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source)
                        .add("rope_freqs.weight", new float[] {1, 8, 8}, 3),
                "rope_freqs.weight has shape [3] but needs [2]");
        assertRefused(
                TinyGguf.llama(TinyCheckpoint.llama(), source)
                        .add("rope_freqs.weight", new float[] {1, 0}, 2),
                "rope_freqs.weight must divide by numbers above 0; given 0.0");
    }

    private LoadedModel load(GgufWriter writer) throws IOException {
        return ModelLoader.load(TinyGguf.write(writer, target));
    }

    private void assertRefused(GgufWriter writer, String reason) {
        assertThatThrownBy(() -> load(writer))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(target.resolve("tiny.gguf") + ": " + reason);
    }

    private static void assertSameBits(LoadedModel actual, LoadedModel expected) {
        try (var one = new TestDecoder(actual);
                var two = new TestDecoder(expected)) {
            int[] ids = new Random(3).ints(one.context(), 0, one.vocabulary()).toArray();
            assertThat(one.forward(ids, 0)).isDeepEqualTo(two.forward(ids, 0));
        }
    }
}
