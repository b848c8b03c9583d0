package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.tensor.Activation;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void aMissingNumberOfHeadsNamesTheKeyAndTheFileToWriteItTo() {
        String reason =
                "model.safetensors: the file does not say its number of heads; write"
                        + " {\"n_head\": …} into a config.json beside it";
        assertRefused(TinyCheckpoint.gpt2().withoutConfig("n_head"), reason);
        assertRefused(TinyCheckpoint.llama().withoutConfig("num_attention_heads"), reason);
    }

    @Test
    void aMissingContextLengthNamesTheKey() {
        assertRefused(
                TinyCheckpoint.llama().withoutConfig("max_position_embeddings"),
                "model.safetensors: the file does not say its context length; write"
                        + " {\"block_size\": …} into a config.json beside it");
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
rope_scaling            | {"rope_type": "yarn", "factor": 4.0}  | must be absent or of type default; given yarn
rope_scaling            | {"type": "linear", "factor": 2.0}     | must be absent or of type default; given linear
rope_parameters         | {"rope_type": "llama3"}               | must be absent or of type default; given llama3
rope_theta              | -1                                    | must be above 0; given -1.0
partial_rotary_factor   | 0.5                                   | must be absent or 1; given 0.5
sliding_window          | 23                                    | must be absent or at least the context length; given 23
model_type              | "gemma"                               | must be llama, mistral or qwen2 where tensors have these names; given gemma
hidden_act              | "relu6"                               | must be relu, relu_squared, gelu, gelu_new or silu; given relu6
""")
    void refusesForLlama(String key, String value, String rule) {
        assertRefused(
                TinyCheckpoint.llama().config(key, value), "config.json: " + key + " " + rule);
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
sliding_window        | null
partial_rotary_factor | 1.0
model_type            | "mistral"
hidden_act            | "silu"
head_dim              | 4
""")
    void acceptsForLlama(String key, String value) throws IOException {
        assertThat(config(TinyCheckpoint.llama().config(key, value)).attention().heads())
                .isEqualTo(4);
    }

    @Test
    void aSlidingWindowThatIsNotUsedDoesNotMatter() throws IOException {
        TinyCheckpoint tiny =
                TinyCheckpoint.llama()
                        .config("sliding_window", "8")
                        .config("use_sliding_window", "false");

        assertThat(config(tiny).dimensions().context()).isEqualTo(24);
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
    void withoutAHeadTheEmbeddingIsTheHead() throws IOException {
        LoadedModel own = TinyCheckpoint.gpt2().load(folder);
        LoadedModel tied = TinyCheckpoint.gpt2().without("lm_head.weight").load(folder);

        assertThat(tied.model().weights().head().matrix())
                .isSameAs(tied.model().weights().tokenEmbedding());
        assertThat(own.card().contents().parameters() - tied.card().contents().parameters())
                .isEqualTo(16 * 16);
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
