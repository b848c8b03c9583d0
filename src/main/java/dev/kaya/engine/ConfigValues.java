package dev.kaya.engine;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a model as the checkpoint and the {@code config.json} beside it give them, found
 * under any of the names that training code uses. What the checkpoint itself says comes first.
 */
final class ConfigValues {

    /** Under which keys checkpoints keep the settings of their model. */
    private static final List<String> WRAPPERS =
            List.of("model_args", "metadata", "model_config", "config", "hparams", "args");

    /**
     * A setting under the names that training code gives it, the most usual first.
     *
     * @param names synonyms
     */
    record Setting(List<String> names) {
        static final Setting HEADS = of("n_head", "num_heads", "num_attention_heads", "n_heads");
        static final Setting KEY_VALUE_HEADS =
                of("num_key_value_heads", "n_kv_heads", "n_kv_head", "num_kv_heads");
        static final Setting HEAD_LENGTH = of("head_dim");
        static final Setting CONTEXT =
                of(
                        "block_size",
                        "context_length",
                        "max_seq_len",
                        "n_positions",
                        "n_ctx",
                        "max_position_embeddings");
        static final Setting EPSILON =
                of("rms_norm_eps", "layer_norm_epsilon", "layer_norm_eps", "norm_eps");
        static final Setting ROPE_BASE = of("rope_theta");
        static final Setting ACTIVATION = of("activation", "activation_function", "hidden_act");
        static final Setting TIED = of("tie_word_embeddings");
        static final Setting BOS = of("BOS", "bos_token_id");
        static final Setting EOS = of("EOS", "eos_token_id");

        private static Setting of(String... names) {
            return new Setting(List.of(names));
        }

        String preferredName() {
            return names.get(0);
        }
    }

    private final Path path;
    private final List<Map<?, ?>> sources = new ArrayList<>();

    /**
     * @param path of the checkpoint, for messages
     * @param metadata of the checkpoint
     * @param config the tree of {@code config.json}, empty without one
     */
    ConfigValues(
            Path path,
            Map<String, @Nullable Object> metadata,
            Map<String, @Nullable Object> config) {
        this.path = path;
        for (String wrapper : WRAPPERS) {
            if (metadata.get(wrapper) instanceof Map<?, ?> nested) {
                sources.add(nested);
            }
        }
        sources.add(metadata);
        sources.add(config);
    }

    /** The value under any name of the setting; null when nobody gives one. */
    @Nullable Object find(Setting setting) {
        for (Map<?, ?> source : sources) {
            for (String name : setting.names) {
                Object value = source.get(name);
                if (value != null) {
                    return value;
                }
            }
        }
        return null;
    }

    /** The value under a name of its own. */
    @Nullable Object find(String name) {
        for (Map<?, ?> source : sources) {
            Object value = source.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** A positive whole number, empty when nobody gives one. */
    OptionalInt positive(Setting setting) throws MalformedCheckpointException {
        Object value = find(setting);
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value instanceof Long number && number > 0 && number <= Integer.MAX_VALUE) {
            return OptionalInt.of(number.intValue());
        }
        throw wrong(setting.preferredName(), "a positive whole number", value);
    }

    /** A positive whole number that must be there. */
    int required(Setting setting, String meaning) throws MalformedCheckpointException {
        OptionalInt value = positive(setting);
        if (value.isEmpty()) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "the file does not say its "
                            + meaning
                            + "; write {\""
                            + setting.preferredName()
                            + "\": …} into a config.json beside it");
        }
        return value.getAsInt();
    }

    /** A number, empty when nobody gives one. */
    OptionalDouble number(Setting setting) throws MalformedCheckpointException {
        Object value = find(setting);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return OptionalDouble.of(number.doubleValue());
        }
        throw wrong(setting.preferredName(), "a number", value);
    }

    MalformedCheckpointException wrong(String name, String rule, Object value) {
        return new MalformedCheckpointException(
                path, -1, name + " must be " + rule + "; given " + value);
    }

    Path path() {
        return path;
    }
}
