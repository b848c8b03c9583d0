package dev.kaya.engine.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import dev.kaya.engine.tensor.kernel.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What a configuration may say, and that a refusal names the key and the file that said it. */
class ConfigResolverTest {

    @TempDir private Path folder;

    @Test
    void takesSizesFromTheTensorsAndTheRestFromTheConfiguration() throws IOException {
        TransformerConfig gpt2 = config(TinyCheckpoint.gpt2());
        TransformerConfig llama = config(TinyCheckpoint.llama().config("rms_norm_eps", "1e-3"));

        assertThat(gpt2.dimensions()).isEqualTo(new Dimensions(16, 24, 16, 2));
        assertThat(gpt2.attention()).isEqualTo(new AttentionShape(2, 2, 8));
        assertThat(gpt2.feedForward()).isEqualTo(new FeedForward(32, Activation.GELU_TANH, false));
        assertThat(llama.attention()).isEqualTo(new AttentionShape(4, 2, 4));
        assertThat(llama.feedForward()).isEqualTo(new FeedForward(32, Activation.SILU, true));
        assertThat(llama.normalization().epsilon()).isEqualTo(1e-3f);
        assertThat(llama.positions().theta()).isEqualTo(10_000);
    }

    @Test
    void whatIsMissingIsNamedAtOnceWithTheFileToWriteItTo() {
        assertRefused(
                TinyCheckpoint.gpt2().withoutConfig("n_head"),
                "model.safetensors: neither the file nor the config.json beside it says its number"
                        + " of heads; add \"n_head\": … to that");
        assertRefused(
                TinyCheckpoint.llama()
                        .withoutConfig("num_attention_heads")
                        .withoutConfig("max_position_embeddings"),
                "model.safetensors: neither the file nor the config.json beside it says its number"
                        + " of heads and context length; add \"n_head\": …, \"block_size\": … to"
                        + " that");
    }

    @Test
    void withoutAConfigurationItSaysWhatToWriteIntoOne() throws IOException {
        TinyCheckpoint.llama().write(folder);
        Files.delete(folder.resolve("config.json"));
        assertThatThrownBy(() -> ModelLoader.load(folder))
                .hasMessage(
                        folder
                                + "/model.safetensors: the file does not say its number of heads"
                                + " and context length; write {\"n_head\": …, \"block_size\": …}"
                                + " into a config.json beside it");
    }

    @Test
    void paramsJsonIsAConfigurationWhereThereIsNoOther() throws IOException {
        TinyCheckpoint.llama().write(folder);
        Files.move(folder.resolve("config.json"), folder.resolve("params.json"));
        assertThat(ModelLoader.load(folder).model().config().attention().heads()).isEqualTo(4);

        Files.writeString(folder.resolve("config.json"), "{}");
        assertThatThrownBy(() -> ModelLoader.load(folder)).hasMessageContaining("config.json");
    }

    /** A wrapper of a wrapper, as Lightning makes it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "config",
                "model_args",
                "hyper_parameters",
                "args",
                "cfg",
                "model_config",
                "params"
            })
    void settingsStandInWrappersToo(String wrapper) throws IOException {
        String settings = "{\"n_heads\": 4, \"max_seq_len\": 20}";
        TinyCheckpoint bare =
                TinyCheckpoint.llama()
                        .withoutConfig("num_attention_heads")
                        .withoutConfig("max_position_embeddings");
        bare.writeJson(folder, "{\"%s\": %s}".formatted(wrapper, settings));
        assertThat(ModelLoader.load(folder).model().config().dimensions().context()).isEqualTo(20);
        bare.writeJson(folder, "{\"hparams\": {\"%s\": %s}}".formatted(wrapper, settings));
        assertThat(ModelLoader.load(folder).model().config().dimensions().context()).isEqualTo(20);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
n_head                          | 3             | must be a divisor of the embedding, 16; given 3
n_head                          | 32            | must be a divisor of the embedding, 16; given 32
n_head                          | 2.5           | must be a positive whole number; given 2.5
n_head                          | 0             | must be a positive whole number; given 0
n_layer                         | 3             | must be 2 by the weights; given 3
n_embd                          | 32            | must be 16 by the weights; given 32
vocab_size                      | 17            | must be 16 by the weights; given 17
n_positions                     | 32            | must be 24 by the weights; given 32
n_inner                         | 64            | must be 32 by the weights; given 64
attention_scale                 | -1            | must be above 0; given -1.0
attention_scale                 | 1e-99         | must be above 0; given 1.0E-99
embedding_norm                  | 1             | must be true or false; given 1
model_type                      | "gpt_bigcode" | must be gpt2 where tensors have these names; given gpt_bigcode
activation_function             | "quick_gelu"  | must be relu, relu_squared, gelu, gelu_new or silu; given quick_gelu
layer_norm_epsilon              | 2             | must be from 0 to 1; given 2.0
layer_norm_epsilon              | "small"       | must be a number; given small
scale_attn_by_inverse_layer_idx | true          | must be absent or false; given true
scale_attn_weights              | false         | must be absent or true; given false
eos_token_id                    | 16            | must be an id below 16; given 16
eos_token_id                    | [1, -1]       | must be an id below 16; given [1, -1]
bos_token_id                    | "a"           | must be an id below 16; given a
""")
    void refusesForGpt2(String key, String value, String rule) {
        assertRefused(TinyCheckpoint.gpt2().config(key, value), "config.json: " + key + " " + rule);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
num_attention_heads     | 3                                     | must be a divisor of the embedding, 16; given 3
num_key_value_heads     | 4                                     | must be 2 by the weights; given 4
max_position_embeddings | 2000000                               | must be at most 1048576; given 2000000
intermediate_size       | 64                                    | must be 32 by the weights; given 64
rope_theta              | -1                                    | must be above 0; given -1.0
partial_rotary_factor   | 0.75                                  | must be an even part of heads of 4; given 0.75
partial_rotary_factor   | 2                                     | must be an even part of heads of 4; given 2.0
rope_parameters         | {"full_attention": {"rope_theta": 1}}  | must be the same for all layers; given full_attention
sliding_window          | -1                                    | must be a positive whole number; given -1
max_window_layers       | -1                                    | must be a whole number of at least 0; given -1
max_window_layers       | 1.5                                   | must be a whole number of at least 0; given 1.5
model_type              | "gemma"                               | must be llama or ministral or mistral or qwen2 where tensors have these names; given gemma
hidden_act              | "relu6"                               | must be relu, relu_squared, gelu, gelu_new or silu; given relu6
""")
    void refusesForLlama(String key, String value, String rule) {
        assertRefused(
                TinyCheckpoint.llama().config("sliding_window", "8").config(key, value),
                "config.json: " + key + " " + rule);
    }

    /** Their product would be 0 in 32 bits. */
    @Test
    void headsThatTogetherAreTooLongAreRefusedBeforeTheyAreCounted() {
        assertRefused(
                TinyCheckpoint.llama()
                        .config("num_attention_heads", "1073741824")
                        .config("head_dim", "4"),
                "config.json: num_attention_heads must be of at most 16777216 elements together;"
                        + " given 1073741824");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
num_key_value_heads   | 2
rope_scaling          | null
rope_scaling          | {"rope_type": "default"}
rope_parameters       | {"rope_theta": 5000.0, "rope_type": "default"}
sliding_window        | 24
sliding_window        | 8
sliding_window        | null
vocab_size            | 15
vocab_size            | -1
intermediate_size     | 32
hidden_act            | "torch.nn.functional.silu"
hidden_act            | "SwiGLU"
rope_scaling          | {"type": "dynamic", "factor": 2.0}
partial_rotary_factor | 1.0
model_type            | "mistral"
hidden_act            | "silu"
head_dim              | 4
""")
    void acceptsForLlama(String key, String value) throws IOException {
        assertThat(config(TinyCheckpoint.llama().config(key, value)).attention().heads())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
{"rope_type": "longrope"}                                  | rope_type must be default, linear, dynamic, llama3 or yarn; given longrope
{"type": "linear"}                                         | factor must be a number above 0 for this type; given nothing
{"type": "linear", "factor": 0}                            | factor must be above 0; given 0.0
{"type": "linear", "factor": "big"}                        | factor must be a number; given big
{"rope_type": "llama3", "factor": 8}                       | low_freq_factor must be a number above 0 for this type; given nothing
{"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4} | high_freq_factor must be above low_freq_factor, 4.0; given 4.0
{"rope_type": "yarn", "factor": 4, "beta_fast": 0}         | beta_fast must be above 0; given 0.0
{"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 0} | original_max_position_embeddings must be a positive whole number; given 0
""")
    void refusesRotaryScaling(String scaling, String reason) {
        for (String name : List.of("rope_scaling", "rope_parameters")) {
            assertRefused(
                    TinyCheckpoint.llama().config(name, scaling),
                    "config.json: " + name + "." + reason);
        }
    }

    @Test
    void dynamicScalingIsNoneAsLongAsTextsAreNotLongerThanInTraining() throws IOException {
        TinyCheckpoint tiny =
                TinyCheckpoint.llama().config("rope_scaling", "{\"type\": \"dynamic\"}");

        assertThat(config(tiny).positions().scaling()).isEqualTo(RopeScaling.Linear.NONE);
        assertRefused(
                tiny.config("block_size", "48"),
                "config.json: block_size must be at most max_position_embeddings, 24, beyond which"
                        + " dynamic scaling begins; given 48");
    }

    @Test
    void takesTheScalingOfMetasOwnFiles() throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.llama().config("use_scaled_rope", "true");

        assertThat(config(tiny).positions().scaling())
                .isEqualTo(new RopeScaling.Llama3(8, 1, 4, 8192));
        assertThat(config(tiny.config("rope_scaling_factor", "32")).positions().scaling())
                .isEqualTo(new RopeScaling.Llama3(32, 1, 4, 8192));
    }

    /** As transformers' configuration classes and models read them, their defaults included. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
{"sliding_window": 8, "max_window_layers": 0}                                             | 8 in {0, 1}
{"sliding_window": 8, "model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 0} | 8 in {0, 1}
{"sliding_window": 8, "model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 2} | none
{"sliding_window": null, "model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 0} | none
{"model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 1, "block_size": 5000} | 4096 in {1}
{"sliding_window": 8, "model_type": "qwen2", "use_sliding_window": true, "layer_types": ["sliding_attention", "full_attention"]} | 8 in {0}
{"sliding_window": 8, "model_type": "llama"}                                              | none
{"sliding_window": 8, "model_type": "llama", "use_sliding_window": true, "max_window_layers": 0} | none
{"sliding_window": 0, "model_type": "llama", "layer_types": ["sliding_attention", "full_attention"]} | none
{"sliding_window": 8, "model_type": "mistral"}                                            | 8 in {0, 1}
{"sliding_window": 8, "model_type": "mistral", "use_sliding_window": false, "max_window_layers": 1} | 8 in {0, 1}
{"sliding_window": 8, "model_type": "ministral", "layer_types": ["full_attention", "sliding_attention"]} | 8 in {1}
{"model_type": "ministral", "block_size": 5000}                                           | 4096 in {0, 1}
{"sliding_window": 8}                                                                     | 8 in {0, 1}
{"sliding_window": 8, "use_sliding_window": false}                                        | none
{"sliding_window": 8, "layer_types": ["full_attention", "sliding_attention"]}             | 8 in {1}
{"sliding_window": 8, "max_window_layers": 1}                                             | 8 in {1}
{"sliding_window": 8, "model_type": "qwen2"}                                              | none
{"sliding_window": 8, "model_type": "qwen2", "use_sliding_window": true}                  | none
{"sliding_window": 8, "model_type": "qwen2", "use_sliding_window": true, "max_window_layers": 1} | 8 in {1}
{"model_type": "mistral", "block_size": 5000}                                             | 4096 in {0, 1}
{"model_type": "mistral", "block_size": 5000, "sliding_window": null}                     | none
""")
    void looksBackAsFarAsTheConfigurationSays(String settings, String expected) throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.llama();
        JsonMapper.shared()
                .readTree(settings)
                .properties()
                .forEach(entry -> tiny.config(entry.getKey(), entry.getValue().toString()));
        SlidingWindow window = config(tiny).window();

        assertThat(window.layers().isEmpty() ? "none" : window.length() + " in " + window.layers())
                .isEqualTo(expected);
    }

    @Test
    void refusesTypesOfLayersThatItDoesNotKnow() {
        TinyCheckpoint tiny = TinyCheckpoint.llama().config("sliding_window", "8");

        assertRefused(
                tiny.config("layer_types", "[\"full_attention\"]"),
                "config.json: layer_types must be one for each of 2; given 1");
        assertRefused(
                tiny.config("layer_types", "[\"full_attention\", \"chunked_attention\"]"),
                "config.json: layer_types must be of full_attention and sliding_attention; given"
                        + " chunked_attention");
    }

    @Test
    void learnedPositionsMayStandInABatchOfOne() throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.gpt2().add("wpe.weight", 1, 24, 16);

        assertThat(config(tiny).dimensions().context()).isEqualTo(24);
        assertRefused(
                tiny.add("wpe.weight", 2, 12, 16),
                "model.safetensors: wpe.weight must be a matrix; given [2, 12, 16]");
        assertRefused(
                TinyCheckpoint.gpt2().add("wte.weight", 1, 16, 16),
                "model.safetensors: wte.weight must be a matrix; given [1, 16, 16]");
    }

    @Test
    void aTensorOfTheWrongShapeIsNamedWithTheShapeItNeeds() {
        assertRefused(
                TinyCheckpoint.gpt2().add("h.1.mlp.c_fc.weight", 16, 31),
                "model.safetensors: h.1.mlp.c_fc.weight has shape [16, 31] but needs [16, 32]");
        assertRefused(
                TinyCheckpoint.gpt2().add("wte.weight", 16),
                "model.safetensors: wte.weight must be a matrix; given [16]");
    }

    @Test
    void aHeadThatShouldBeThereIsMissed() {
        assertRefused(
                TinyCheckpoint.gpt2()
                        .without("lm_head.weight")
                        .config("tie_word_embeddings", "false"),
                "model.safetensors: lm_head.weight is missing, and tie_word_embeddings is false");
    }

    @Test
    void withoutAHeadOrWithOneThatRepeatsItTheEmbeddingIsTheHead() throws IOException {
        LoadedModel own = TinyCheckpoint.gpt2().load(folder);
        LoadedModel none = TinyCheckpoint.gpt2().without("lm_head.weight").load(folder);
        LoadedModel repeated =
                TinyCheckpoint.gpt2().copy("wte.weight", "lm_head.weight").load(folder);

        for (LoadedModel tied : List.of(none, repeated)) {
            assertThat(tied.model().weights().head().matrix())
                    .isSameAs(tied.model().weights().tokenEmbedding());
            assertThat(own.card().contents().parameters() - tied.card().contents().parameters())
                    .isEqualTo(16 * 16);
        }
    }

    @Test
    void aHeadOfItsOwnContradictsThatItIsTied() {
        assertRefused(
                TinyCheckpoint.gpt2().config("tie_word_embeddings", "true"),
                "config.json: tie_word_embeddings must be false where lm_head.weight is not"
                        + " wte.weight; given true");
    }

    private TransformerConfig config(TinyCheckpoint tiny) throws IOException {
        return tiny.load(folder).model().config();
    }

    private void assertRefused(TinyCheckpoint tiny, String fileAndReason) {
        assertThatThrownBy(() -> tiny.load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder + "/" + fileAndReason);
    }
}
