package dev.kaya.engine.convert;

import dev.kaya.engine.convert.CheckpointConverter.ConvertedModel;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.tensor.kernel.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What a converted checkpoint says of its arithmetic, in the words of its readers. */
final class ConvertedConfig {

    private final ConvertedModel model;
    private final TransformerConfig config;
    private final Family family;

    ConvertedConfig(ConvertedModel model, Family family) {
        this.model = model;
        this.family = family;
        config = model.config();
    }

    /** Writes Hugging Face's {@code config.json}. */
    void write(Path folder) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        boolean mistral = // Llama with a window, by the name of Hugging Face's library
                family == Family.LLAMA && new ConvertedPositions(model, family).isWindowed();
        values.put("architectures", List.of(mistral ? "MistralForCausalLM" : family.className()));
        values.put("model_type", mistral ? "mistral" : family.type());
        values.put("vocab_size", config.dimensions().vocabulary());
        if (family == Family.GPT2) {
            gpt2(values);
        } else {
            llama(values);
        }
        values.put("tie_word_embeddings", model.tied());
        model.special().bos().ifPresent(id -> values.put("bos_token_id", id));
        List<Integer> ends = model.special().eos();
        if (!ends.isEmpty()) {
            values.put("eos_token_id", ends.size() == 1 ? ends.getFirst() : ends);
        }
        Files.writeString(
                folder.resolve("config.json"),
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(values)
                        + "\n");
    }

    private void gpt2(Map<String, Object> values) {
        values.put("n_layer", config.dimensions().layers());
        values.put("n_head", config.attention().heads());
        values.put("n_embd", config.dimensions().embedding());
        values.put("n_inner", config.feedForward().length());
        values.put("n_positions", config.dimensions().context());
        values.put("n_ctx", config.dimensions().context());
        values.put("activation_function", activation(config.feedForward().activation()));
        values.put("layer_norm_epsilon", config.normalization().epsilon());
    }

    /** The names of Hugging Face's table of activations. */
    private static String activation(Activation activation) {
        return switch (activation) {
            case GELU_TANH -> "gelu_new";
            case GELU_ERF -> "gelu";
            case RELU -> "relu";
            case RELU_SQUARED -> "relu2";
            case SILU -> "silu";
        };
    }

    private void llama(Map<String, Object> values) {
        values.put("hidden_size", config.dimensions().embedding());
        values.put("num_hidden_layers", config.dimensions().layers());
        values.put("num_attention_heads", config.attention().heads());
        values.put("num_key_value_heads", config.attention().keyValueHeads());
        values.put("head_dim", config.attention().headLength());
        values.put("intermediate_size", config.feedForward().length());
        values.put("max_position_embeddings", config.dimensions().context());
        values.put("rms_norm_eps", config.normalization().epsilon());
        values.put("hidden_act", "silu");
        new ConvertedPositions(model, family).addTo(values);
    }

    /** GGUF's keys of the model. */
    Map<String, Object> gguf(String name) {
        String prefix = family.type() + ".";
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put(ConfigValues.ARCHITECTURE, family.type());
        keys.put("general.name", name);
        keys.put(prefix + "context_length", config.dimensions().context());
        keys.put(prefix + "embedding_length", config.dimensions().embedding());
        keys.put(prefix + "block_count", config.dimensions().layers());
        keys.put(prefix + "feed_forward_length", config.feedForward().length());
        keys.put(prefix + "attention.head_count", config.attention().heads());
        String epsilon = "attention.layer_norm_epsilon";
        if (family != Family.GPT2) {
            epsilon = "attention.layer_norm_rms_epsilon";
            int length = config.attention().headLength();
            keys.put(prefix + "attention.head_count_kv", config.attention().keyValueHeads());
            keys.put(prefix + "attention.key_length", length);
            keys.put(prefix + "attention.value_length", length);
            new ConvertedPositions(model, family).addTo(keys, prefix);
            keys.put(prefix + "vocab_size", config.dimensions().vocabulary());
        }
        keys.put(prefix + epsilon, config.normalization().epsilon());
        return keys;
    }
}
