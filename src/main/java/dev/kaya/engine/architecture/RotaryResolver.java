package dev.kaya.engine.architecture;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.RopeScaling.Linear;
import dev.kaya.engine.model.RopeScaling.Llama3;
import dev.kaya.engine.model.RopeScaling.Yarn;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerConfig.Positions;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Decides how positions rotate: by the objects {@code rope_parameters} and {@code rope_scaling} of
 * Hugging Face's configurations, by GGUF's keys under {@code rope.scaling}, or by the flag of
 * Meta's {@code params.json}.
 *
 * @see <a
 *     href="https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py">Hugging
 *     Face's rules</a>
 */
final class RotaryResolver {

    private static final double BASE = 10_000;

    /**
     * Positions of a head that long, for every position of a context, are more than any model's.
     */
    private static final int LONGEST_HEAD = 4096;

    private final Dialect dialect;
    private final ConfigValues values;

    RotaryResolver(Dialect dialect, ConfigValues values) {
        this.dialect = dialect;
        this.values = values;
    }

    Positions resolve(Dimensions size, AttentionShape attention)
            throws MalformedCheckpointException {
        PositionKind kind = dialect.defaults().positions();
        if (kind == PositionKind.LEARNED) {
            return Positions.LEARNED;
        }
        Optional<ConfigValues> parameters = values.object("rope_parameters");
        if (parameters.isPresent()) {
            refuseParametersOfKinds(parameters.get());
        }
        ConfigValues base = parameters.isPresent() ? parameters.get() : values;
        double theta = base.above0(Setting.ROPE_BASE, values.above0(Setting.ROPE_BASE, BASE));
        RopeScaling scaling = scaling(parameters, size.context());
        if (scaling instanceof Yarn && theta <= 1) {
            throw base.wrong(Setting.ROPE_BASE, "above 1 for YaRN", theta);
        }
        int length = rotaryLength(parameters, attention.headLength());
        return new Positions(kind, theta, length, scaling);
    }

    /** Gemma's kind of model, for one, rotates otherwise in layers that look back a short way. */
    private void refuseParametersOfKinds(ConfigValues parameters)
            throws MalformedCheckpointException {
        for (String name : parameters.names()) {
            if (parameters.object(name).isPresent()) {
                throw values.wrong("rope_parameters", "the same for all layers", name);
            }
        }
    }

    private int rotaryLength(Optional<ConfigValues> parameters, int headLength)
            throws MalformedCheckpointException {
        if (headLength > LONGEST_HEAD) {
            throw values.wrong(Setting.HEAD_LENGTH, "at most " + LONGEST_HEAD, headLength);
        }
        Setting share = Setting.ROTARY_SHARE;
        ConfigValues given =
                parameters.isPresent() && parameters.get().find(share) != null
                        ? parameters.get()
                        : values;
        if (given.find(share) != null) {
            double part = given.above0(share, 1);
            int length = (int) (headLength * part);
            if (part > 1 || length == 0 || length % 2 != 0) {
                throw given.wrong(share, "an even part of heads of " + headLength, part);
            }
            return length;
        }
        OptionalInt length = values.positive(Setting.ROTARY_LENGTH);
        if (length.isEmpty() && headLength % 2 != 0) {
            throw values.wrong(Setting.HEAD_LENGTH, "even for rotary positions", headLength);
        }
        if (length.orElse(headLength) > headLength || length.orElse(0) % 2 != 0) {
            throw values.wrong(
                    Setting.ROTARY_LENGTH, "even and at most " + headLength, length.orElse(0));
        }
        return length.orElse(headLength);
    }

    private RopeScaling scaling(Optional<ConfigValues> parameters, int context)
            throws MalformedCheckpointException {
        Optional<ConfigValues> older = values.object("rope_scaling");
        if (values.find(ConfigValues.ARCHITECTURE) != null) {
            return gguf(values.under("rope.scaling."), context);
        }
        if (parameters.isPresent() && parameters.get().find(Setting.SCALING_TYPE) != null) {
            return byType(parameters.get(), context);
        }
        if (older.isPresent()) {
            return byType(older.get(), context);
        }
        return values.flag("use_scaled_rope", false) ? meta() : Linear.NONE;
    }

    private RopeScaling byType(ConfigValues given, int context)
            throws MalformedCheckpointException {
        Object type = given.find(Setting.SCALING_TYPE);
        return switch (type == null ? "default" : type.toString()) {
            case "default" -> Linear.NONE;
            case "linear" -> new Linear(factor(given));
            case "dynamic" -> dynamic(context);
            case "llama3" -> llama3(given, context);
            case "yarn" -> yarn(given, context);
            default ->
                    throw given.wrong(
                            Setting.SCALING_TYPE,
                            "default, linear, dynamic, llama3 or yarn",
                            String.valueOf(type));
        };
    }

    private RopeScaling llama3(ConfigValues given, int context)
            throws MalformedCheckpointException {
        double low = needed(given, "low_freq_factor");
        double high = needed(given, "high_freq_factor");
        if (high <= low) {
            throw given.wrong("high_freq_factor", "above low_freq_factor, " + low, high);
        }
        return new Llama3(factor(given), low, high, originalContext(given, context));
    }

    /**
     * Frequencies that change only once a text is longer than the model was trained for; here no
     * text is.
     */
    private RopeScaling dynamic(int context) throws MalformedCheckpointException {
        OptionalInt trained = values.positive(Setting.of("max_position_embeddings"));
        if (trained.orElse(context) < context) {
            throw values.wrong(
                    Setting.CONTEXT,
                    "at most max_position_embeddings, %d, beyond which dynamic scaling begins"
                            .formatted(trained.getAsInt()),
                    context);
        }
        return Linear.NONE;
    }

    private RopeScaling yarn(ConfigValues given, int context) throws MalformedCheckpointException {
        int original = originalContext(given, context);
        double factor = given.above0(Setting.SCALING_FACTOR, (double) context / original);
        double magnitude = Yarn.usualMagnitude(factor);
        double scale = given.number(Setting.of("mscale")).orElse(0);
        double scaleOfAll = given.number(Setting.of("mscale_all_dim")).orElse(0);
        if (scale != 0 && scaleOfAll != 0) {
            magnitude = magnitude(factor, scale) / magnitude(factor, scaleOfAll);
        }
        boolean whole = given.flag("truncate", true);
        return new Yarn(
                factor,
                ramp(given, original, whole),
                given.above0(Setting.ATTENTION_FACTOR, magnitude));
    }

    private static Yarn.Ramp ramp(ConfigValues given, int original, boolean whole)
            throws MalformedCheckpointException {
        return new Yarn.Ramp(
                given.above0(Setting.BETA_FAST, 32),
                given.above0(Setting.BETA_SLOW, 1),
                original,
                whole);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * StrictMath.log(factor) + 1;
    }

    /**
     * As llama.cpp reads the keys: a factor without a type is linear, and {@code attn_factor}
     * multiplies YaRN's magnitude instead of replacing it.
     */
    private RopeScaling gguf(ConfigValues given, int context) throws MalformedCheckpointException {
        refuseUnless(given, "yarn_ext_factor", 1);
        refuseUnless(given, "yarn_attn_factor", 1);
        refuseUnless(given, "yarn_log_multiplier", 0);
        refuseUnless(given, "alpha", 0);
        Object type = given.find(Setting.SCALING_TYPE);
        double linear = values.number(Setting.of("rope.scale_linear")).orElse(0);
        double factor = given.number(Setting.SCALING_FACTOR).orElse(linear);
        if (factor == 0) {
            factor = 1;
        }
        if (factor < 0) {
            throw given.wrong(Setting.SCALING_FACTOR, "above 0", factor);
        }
        double attention = given.above0(Setting.of("attn_factor"), 1);
        return switch (type == null ? "linear" : type.toString()) {
            case "none" -> Linear.NONE;
            case "linear" -> {
                refuseUnless(given, "attn_factor", 1);
                yield new Linear(factor);
            }
            case "yarn" ->
                    new Yarn(
                            factor,
                            ramp(given, originalContext(given, context), true),
                            Yarn.usualMagnitude(factor) * attention);
            default ->
                    throw given.wrong(
                            Setting.SCALING_TYPE, "none, linear or yarn", String.valueOf(type));
        };
    }

    private static void refuseUnless(ConfigValues given, String name, double supported)
            throws MalformedCheckpointException {
        double value = given.number(Setting.of(name)).orElse(supported);
        if (value != supported) {
            throw given.wrong(name, "absent or " + supported, value);
        }
    }

    /** What Llama 3.1 computes with; 3.2 says its factor. */
    private RopeScaling meta() throws MalformedCheckpointException {
        return new Llama3(
                values.above0(Setting.of("rope_scaling_factor"), 8),
                1,
                values.above0(Setting.of("rope_high_freq_factor"), 4),
                8192);
    }

    private static double factor(ConfigValues given) throws MalformedCheckpointException {
        return needed(given, Setting.SCALING_FACTOR.preferredName());
    }

    private static double needed(ConfigValues given, String name)
            throws MalformedCheckpointException {
        Setting setting = Setting.of(name);
        if (given.find(name) == null) {
            throw given.wrong(name, "a number above 0 for this type", "nothing");
        }
        return given.above0(setting, 1);
    }

    /** Some configurations keep it outside of the object, where it goes first. */
    private int originalContext(ConfigValues given, int context)
            throws MalformedCheckpointException {
        OptionalInt outside = values.positive(Setting.ORIGINAL_CONTEXT);
        return outside.isPresent()
                ? outside.getAsInt()
                : given.positive(Setting.ORIGINAL_CONTEXT).orElse(context);
    }
}
