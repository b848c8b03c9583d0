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

    private static final int SHOWN_CHARACTERS = 100;

    /**
     * A setting under the names that training code gives it, the most usual first.
     *
     * @param names synonyms
     */
    record Setting(List<String> names) {
        static final Setting HEADS =
                of("n_head", "num_heads", "num_attention_heads", "n_heads", "attention.head_count");
        static final Setting KEY_VALUE_HEADS =
                of(
                        "num_key_value_heads",
                        "n_kv_heads",
                        "n_kv_head",
                        "num_kv_heads",
                        "attention.head_count_kv");
        static final Setting HEAD_LENGTH = of("head_dim", "attention.key_length");
        static final Setting CONTEXT =
                of(
                        "block_size",
                        "context_length",
                        "max_seq_len",
                        "n_positions",
                        "n_ctx",
                        "max_position_embeddings");
        static final Setting EPSILON =
                of(
                        "rms_norm_eps",
                        "layer_norm_epsilon",
                        "layer_norm_eps",
                        "norm_eps",
                        "attention.layer_norm_rms_epsilon",
                        "attention.layer_norm_epsilon");
        static final Setting ROPE_BASE = of("rope_theta", "rope.freq_base");
        static final Setting ACTIVATION = of("activation", "activation_function", "hidden_act");
        static final Setting TIED = of("tie_word_embeddings");
        static final Setting BOS = of("BOS", "bos_token_id", "tokenizer.ggml.bos_token_id");
        static final Setting EOS = of("EOS", "eos_token_id", "tokenizer.ggml.eos_token_id");

        private static Setting of(String... names) {
            return new Setting(List.of(names));
        }

        String preferredName() {
            return names.get(0);
        }
    }

    /**
     * Settings that stand together in a file.
     *
     * @param prefix what the file puts before the name of each
     */
    private record Source(Path path, String prefix, Map<?, ?> values) {}

    /** A setting where it was found. */
    private record Found(Path path, String name, Object value) {}

    private final Path path;
    private final List<Source> sources = new ArrayList<>();

    /**
     * @param path of the checkpoint, for messages
     * @param metadata of the checkpoint
     */
    ConfigValues(Path path, Map<String, @Nullable Object> metadata) {
        this.path = path;
        for (String wrapper : WRAPPERS) {
            if (metadata.get(wrapper) instanceof Map<?, ?> nested) {
                sources.add(new Source(path, "", nested));
            }
        }
        if (metadata.get(Gguf.ARCHITECTURE) instanceof String architecture) {
            sources.add(new Source(path, architecture + ".", metadata));
        }
        sources.add(new Source(path, "", metadata));
    }

    /** Adds the tree of a {@code config.json}, which yields to what is there already. */
    void add(Path config, Map<String, @Nullable Object> tree) {
        sources.add(new Source(config, "", tree));
    }

    /** The value under any name of the setting; null when nobody gives one. */
    @Nullable Object find(Setting setting) {
        Found found = locate(setting.names);
        return found == null ? null : found.value();
    }

    /** The value under a name of its own. */
    @Nullable Object find(String name) {
        Found found = locate(List.of(name));
        return found == null ? null : found.value();
    }

    private @Nullable Found locate(List<String> names) {
        for (Source source : sources) {
            for (String name : names) {
                String key = source.prefix() + name;
                Object value = source.values().get(key);
                if (value != null) {
                    return new Found(source.path(), key, value);
                }
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
        throw wrong(setting, "a positive whole number", value);
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
        throw wrong(setting, "a number", value);
    }

    /** A setting that breaks a rule, under the name and in the file where it was found. */
    MalformedCheckpointException wrong(Setting setting, String rule, Object value) {
        return wrong(setting.names, rule, value);
    }

    /** The same for a setting, or a tensor, with one name. */
    MalformedCheckpointException wrong(String name, String rule, Object value) {
        return wrong(List.of(name), rule, value);
    }

    private MalformedCheckpointException wrong(List<String> names, String rule, Object value) {
        Found found = locate(names);
        return new MalformedCheckpointException(
                found == null ? path : found.path(),
                -1,
                (found == null ? names.get(0) : found.name())
                        + " must be "
                        + rule
                        + "; given "
                        + shown(value));
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "…";
    }

    Path path() {
        return path;
    }
}
