package dev.kaya.engine.settings;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a model as the checkpoint and the {@code config.json} beside it give them, found
 * under any of the names that training code uses. What the checkpoint itself says comes first.
 */
public final class ConfigValues {

    /** Under which keys checkpoints keep the settings of their model, also one within another. */
    private static final List<String> WRAPPERS =
            List.of(
                    "model_args",
                    "metadata",
                    "model_config",
                    "config",
                    "hparams",
                    "hyper_parameters",
                    "args",
                    "cfg",
                    "params");

    /** The key of GGUF that names the architecture; its value begins the names of the settings. */
    public static final String ARCHITECTURE = "general.architecture";

    /** Where a user describes a dialect that nobody listed. */
    public static final String KAYA = "kaya";

    private static final int DEEPEST_WRAPPER = 2;
    private static final int SHOWN_CHARACTERS = 100;

    /**
     * A setting of a model under the names that training code gives it, the most usual first. Names
     * with a dot are GGUF's, without the architecture in front.
     *
     * @param names synonyms
     */
    public record Setting(List<String> names) {

        public static final Setting LAYERS =
                of("n_layer", "num_layers", "num_hidden_layers", "n_layers", "block_count");
        public static final Setting EMBEDDING =
                of(
                        "n_embd",
                        "d_model",
                        "hidden_size",
                        "emb_dim",
                        "embed_dim",
                        "dim",
                        "embedding_length");
        public static final Setting VOCABULARY = of("vocab_size");

        /** {@code hidden_dim} is not among them: in some files it means the embedding. */
        public static final Setting FEED_FORWARD =
                of("intermediate_size", "ffn_hidden", "n_inner", "feed_forward_length");

        public static final Setting HEADS =
                of("n_head", "num_heads", "num_attention_heads", "n_heads", "attention.head_count");
        public static final Setting KEY_VALUE_HEADS =
                of(
                        "num_key_value_heads",
                        "n_kv_heads",
                        "n_kv_head",
                        "num_kv_heads",
                        "attention.head_count_kv");
        public static final Setting ATTENTION_SCALE = of("attention_scale", "attention.scale");
        public static final Setting HEAD_LENGTH =
                of("head_dim", "head_size", "attention.key_length");
        public static final Setting CONTEXT =
                of(
                        "block_size",
                        "context_length",
                        "max_seq_len",
                        "n_positions",
                        "n_ctx",
                        "max_position_embeddings");
        public static final Setting EPSILON =
                of(
                        "rms_norm_eps",
                        "layer_norm_epsilon",
                        "layer_norm_eps",
                        "norm_eps",
                        "layernorm_epsilon",
                        "norm_epsilon",
                        "attention.layer_norm_rms_epsilon",
                        "attention.layer_norm_epsilon");
        public static final Setting ACTIVATION =
                of("activation", "activation_function", "hidden_act", "hidden_activation");
        public static final Setting TIED = of("tie_word_embeddings");
        public static final Setting BOS = of("BOS", "bos_token_id", "tokenizer.ggml.bos_token_id");
        public static final Setting EOS = of("EOS", "eos_token_id", "tokenizer.ggml.eos_token_id");
        public static final Setting END_OF_TURN = of("tokenizer.ggml.eot_token_id");
        public static final Setting END_OF_MESSAGE = of("tokenizer.ggml.eom_token_id");

        public static final Setting ROPE_BASE = of("rope_theta", "rope_base", "rope.freq_base");
        public static final Setting ROTARY_SHARE = of("partial_rotary_factor");
        public static final Setting ROTARY_LENGTH = of("rotary_dim", "rope.dimension_count");
        public static final Setting SLIDING_WINDOW =
                of("sliding_window", "attention.sliding_window");

        /** Settings of the object {@code rope_scaling}, or of GGUF under {@code rope.scaling}. */
        public static final Setting SCALING_TYPE = of("rope_type", "type");

        public static final Setting SCALING_FACTOR = of("factor");
        public static final Setting ORIGINAL_CONTEXT =
                of("original_max_position_embeddings", "original_context_length");
        public static final Setting ATTENTION_FACTOR = of("attention_factor");
        public static final Setting BETA_FAST = of("beta_fast", "yarn_beta_fast");
        public static final Setting BETA_SLOW = of("beta_slow", "yarn_beta_slow");

        public static Setting of(String... names) {
            return new Setting(List.of(names));
        }

        public String preferredName() {
            return names.get(0);
        }
    }

    /**
     * Settings that stand together in a file.
     *
     * @param within the name of the object that holds them, for messages
     * @param prefix what the file puts before the name of each
     */
    private record Source(Path path, String within, String prefix, Map<?, ?> values) {}

    /** A setting where it was found. */
    private record Found(Path path, String name, Object value) {}

    private final Path path;
    private final List<Source> sources = new ArrayList<>();
    private @Nullable Path config;

    /**
     * @param path of the checkpoint, for messages
     * @param metadata of the checkpoint
     */
    public ConfigValues(Path path, Map<String, @Nullable Object> metadata) {
        this.path = path;
        addWrapped(metadata, 1);
        if (metadata.get(ARCHITECTURE) instanceof String architecture) {
            sources.add(new Source(path, "", architecture + ".", metadata));
        }
        sources.add(new Source(path, "", "", metadata));
    }

    private ConfigValues(Path path, Source source) {
        this.path = path;
        sources.add(source);
    }

    private void addWrapped(Map<?, ?> metadata, int depth) {
        for (String wrapper : WRAPPERS) {
            if (metadata.get(wrapper) instanceof Map<?, ?> nested) {
                if (depth < DEEPEST_WRAPPER) {
                    addWrapped(nested, depth + 1);
                }
                sources.add(new Source(path, "", "", nested));
            }
        }
    }

    /**
     * Adds the tree of a {@code config.json}, which yields to what is there already, except for its
     * object {@code kaya}, by which a user overrules everything.
     */
    public void add(Path config, Map<String, @Nullable Object> tree) {
        this.config = config;
        if (tree.get(KAYA) instanceof Map<?, ?> kaya) {
            sources.addFirst(new Source(config, KAYA + ".", "", kaya));
        }
        sources.add(new Source(config, "", "", tree));
    }

    /** The settings of an object that stands under one of the names; empty when there is none. */
    public Optional<ConfigValues> object(String... names) {
        Found found = locate(List.of(names));
        return found != null && found.value() instanceof Map<?, ?> nested
                ? Optional.of(
                        new ConfigValues(
                                found.path(),
                                new Source(found.path(), found.name() + ".", "", nested)))
                : Optional.empty();
    }

    /** The settings whose names begin like that; {@code find} takes the rest of the name. */
    public ConfigValues under(String prefix) {
        var values = new ConfigValues(path, Map.of());
        values.sources.clear();
        for (Source source : sources) {
            values.sources.add(
                    new Source(
                            source.path(),
                            source.within(),
                            source.prefix() + prefix,
                            source.values()));
        }
        return values;
    }

    /** The value under any name of the setting; null when nobody gives one. */
    public @Nullable Object find(Setting setting) {
        Found found = locate(setting.names());
        return found == null ? null : found.value();
    }

    /** The value under a name of its own. */
    public @Nullable Object find(String name) {
        Found found = locate(List.of(name));
        return found == null ? null : found.value();
    }

    /** The names of all settings, where they come from one object. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        sources.getFirst().values().keySet().forEach(name -> names.add(String.valueOf(name)));
        return names;
    }

    /** Whether anybody gives a value for the name, be it null. */
    public boolean mentions(String name) {
        for (Source source : sources) {
            if (source.values().containsKey(source.prefix() + name)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Found locate(List<String> names) {
        for (Source source : sources) {
            for (String name : names) {
                String key = source.prefix() + name;
                Object value = source.values().get(key);
                if (value != null) {
                    return new Found(source.path(), source.within() + key, value);
                }
            }
        }
        return null;
    }

    /** A positive whole number, empty when nobody gives one. */
    public OptionalInt positive(Setting setting) throws MalformedCheckpointException {
        Object value = find(setting);
        if (value == null) {
            return OptionalInt.empty();
        }
        if (value instanceof Long number && number > 0 && number <= Integer.MAX_VALUE) {
            return OptionalInt.of(number.intValue());
        }
        throw wrong(setting, "a positive whole number", value);
    }

    /** A whole number of at least 0, or what stands for it when nobody gives one. */
    public int notNegative(String name, int otherwise) throws MalformedCheckpointException {
        Object value = find(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw wrong(name, "a whole number of at least 0", value);
    }

    /** A number, empty when nobody gives one. */
    public OptionalDouble number(Setting setting) throws MalformedCheckpointException {
        Object value = find(setting);
        if (value == null) {
            return OptionalDouble.empty();
        }
        if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
            return OptionalDouble.of(number.doubleValue());
        }
        throw wrong(setting, "a number", value);
    }

    /** A number above 0, or what stands for it when nobody gives one. */
    public double above0(Setting setting, double otherwise) throws MalformedCheckpointException {
        double value = number(setting).orElse(otherwise);
        if (value > 0) {
            return value;
        }
        throw wrong(setting, "above 0", value);
    }

    /** A truth value, or what stands for it when nobody gives one. */
    public boolean flag(String name, boolean otherwise) throws MalformedCheckpointException {
        Object value = find(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name, "true or false", value);
    }

    /**
     * Settings that nobody gives.
     *
     * @param needed them, with what each means, in the order to name them
     */
    public MalformedCheckpointException missing(Map<Setting, String> needed) {
        List<String> pairs = new ArrayList<>();
        needed.keySet().forEach(setting -> pairs.add("\"" + setting.preferredName() + "\": …"));
        String meanings = String.join(" and ", needed.values());
        String settings = String.join(", ", pairs);
        String reason =
                config == null
                        ? "the file does not say its %s; write {%s} into a config.json beside it"
                        : "neither the file nor the "
                                + config.getFileName()
                                + " beside it says its %s; add %s to that";
        return new MalformedCheckpointException(path, -1, reason.formatted(meanings, settings));
    }

    /** A setting that breaks a rule, under the name and in the file where it was found. */
    public MalformedCheckpointException wrong(Setting setting, String rule, Object value) {
        return wrong(setting.names(), rule, value);
    }

    /** The same for a setting, or a tensor, with one name. */
    public MalformedCheckpointException wrong(String name, String rule, Object value) {
        return wrong(List.of(name), rule, value);
    }

    private MalformedCheckpointException wrong(List<String> names, String rule, Object value) {
        Found found = locate(names);
        return new MalformedCheckpointException(
                found == null ? path : found.path(),
                -1,
                (found == null ? sources.getFirst().within() + names.get(0) : found.name())
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
