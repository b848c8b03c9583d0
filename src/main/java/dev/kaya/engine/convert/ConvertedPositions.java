package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.ConvertedModel;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.RopeScaling.Linear;
import dev.kaya.engine.model.RopeScaling.Llama3;
import dev.kaya.engine.model.RopeScaling.Yarn;
import dev.kaya.engine.model.TransformerConfig.Positions;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How positions rotate, and how far layers look back, as a converted checkpoint says it: in the
 * objects of Hugging Face's configurations, or in GGUF's keys. What Llama 3 does GGUF has as a
 * tensor by which the frequencies are divided, rounded to single precision.
 */
final class ConvertedPositions {

    private final ConvertedModel model;
    private final Positions positions;
    private final SlidingWindow window;
    private final Family family;
    private final int layers;

    ConvertedPositions(ConvertedModel model, Family family) {
        this.model = model;
        this.family = family;
        positions = model.config().positions();
        window = model.config().window();
        layers = model.config().dimensions().layers();
    }

    /**
     * @throws MalformedCheckpointException naming what the container has no place for
     */
    void check(Container container) throws MalformedCheckpointException {
        if (container == Container.GGUF) {
            if (positions.scaling() instanceof Yarn yarn && !yarn.ramp().whole()) {
                throw model.without("YaRN between pairs, truncate: false", container);
            }
            if (hasDivisors() && positions.scaling() instanceof Llama3) {
                throw model.without("divisors of frequencies beside Llama 3's", container);
            }
        } else if (hasDivisors()) {
            throw model.without("divisors of frequencies, " + divisorsName(), container);
        }
        boolean some = isWindowed() && window.layers().cardinality() < layers;
        boolean anyLayer =
                container == Container.SAFETENSORS
                        && (family == Family.QWEN2 || family == Family.QWEN3);
        if (some && !anyLayer) {
            throw model.without("a sliding window in some layers and not in others", container);
        }
    }

    private String divisorsName() {
        return model.weights().get(WeightRole.ROTARY_DIVISORS, 0).name();
    }

    boolean isWindowed() {
        return !window.layers().isEmpty();
    }

    private boolean hasDivisors() {
        return model.weights().find(WeightRole.ROTARY_DIVISORS, 0) != null;
    }

    /** Adds what Hugging Face's {@code config.json} has. */
    void addTo(Map<String, Object> values) {
        values.put("rope_theta", positions.theta());
        Map<String, Object> scaling = scaling(positions.scaling());
        if (!scaling.isEmpty()) {
            values.put("rope_scaling", scaling);
        }
        if (isWindowed()) {
            addWindowTo(values);
        } else if (family == Family.QWEN2 || family == Family.QWEN3) {
            values.put("use_sliding_window", false);
        }
    }

    private static Map<String, Object> scaling(RopeScaling scaling) {
        Map<String, Object> values = new LinkedHashMap<>();
        switch (scaling) {
            case Linear linear -> {
                if (!linear.equals(Linear.NONE)) {
                    values.put("rope_type", "linear");
                    values.put("factor", linear.factor());
                }
            }
            case Llama3 llama -> {
                values.put("rope_type", "llama3");
                values.put("factor", llama.factor());
                values.put("low_freq_factor", llama.lowTurns());
                values.put("high_freq_factor", llama.highTurns());
                values.put("original_max_position_embeddings", llama.originalContext());
            }
            case Yarn yarn -> {
                values.put("rope_type", "yarn");
                values.put("factor", yarn.factor());
                values.put("beta_fast", yarn.ramp().fastTurns());
                values.put("beta_slow", yarn.ramp().slowTurns());
                values.put("original_max_position_embeddings", yarn.ramp().originalContext());
                values.put("truncate", yarn.ramp().whole());
                values.put("attention_factor", yarn.magnitude());
            }
        }
        return values;
    }

    private void addWindowTo(Map<String, Object> values) {
        values.put("sliding_window", window.length());
        if (family == Family.LLAMA) {
            return;
        }
        values.put("use_sliding_window", true);
        List<String> types = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            types.add(window.layers().get(layer) ? "sliding_attention" : "full_attention");
        }
        values.put("layer_types", types);
    }

    /** Adds GGUF's keys. */
    void addTo(Map<String, Object> keys, String prefix) {
        keys.put(prefix + "rope.dimension_count", positions.rotaryLength());
        keys.put(prefix + "rope.freq_base", (float) positions.theta());
        if (isWindowed()) {
            keys.put(prefix + "attention.sliding_window", window.length());
        }
        String scaling = prefix + "rope.scaling.";
        switch (positions.scaling()) {
            case Linear linear -> {
                if (!linear.equals(Linear.NONE)) {
                    keys.put(scaling + "type", "linear");
                    keys.put(scaling + "factor", (float) linear.factor());
                }
            }
            case Llama3 _ -> {
                // See divisors().
            }
            case Yarn yarn -> {
                keys.put(scaling + "type", "yarn");
                keys.put(scaling + "factor", (float) yarn.factor());
                keys.put(scaling + "original_context_length", yarn.ramp().originalContext());
                keys.put(scaling + "yarn_beta_fast", (float) yarn.ramp().fastTurns());
                keys.put(scaling + "yarn_beta_slow", (float) yarn.ramp().slowTurns());
                double usual = Yarn.usualMagnitude(yarn.factor());
                if (yarn.magnitude() != usual) {
                    keys.put(scaling + "attn_factor", (float) (yarn.magnitude() / usual));
                }
            }
        }
    }

    /** Whether frequencies are divided by the elements of a tensor, in GGUF. */
    boolean needsDivisors() {
        return hasDivisors() || positions.scaling() instanceof Llama3;
    }

    /** Those elements, one for each pair, where no tensor of the source has them. */
    float[] divisors() {
        var trained =
                new Positions(
                        positions.kind(), positions.theta(), positions.rotaryLength(), Linear.NONE);
        float[] divisors = new float[positions.rotaryLength() / 2];
        for (int pair = 0; pair < divisors.length; pair++) {
            divisors[pair] = (float) (trained.frequency(pair) / positions.frequency(pair));
        }
        return divisors;
    }
}
