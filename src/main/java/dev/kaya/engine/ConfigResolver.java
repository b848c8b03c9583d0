package dev.kaya.engine;

import dev.kaya.engine.ConfigValues.Setting;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.model.TransformerConfig.Normalization;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerConfig.Positions;
import dev.kaya.engine.tensor.Activation;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Decides the arithmetic of a model: sizes from the shapes of its tensors, the rest from what the
 * file or its {@code config.json} says, and what neither says from the dialect.
 */
final class ConfigResolver {

    private static final double ROPE_BASE = 10_000;
    private static final int LARGEST_CONTEXT = 1 << 20;

    /** Models with LLaMA's tensors whose arithmetic is LLaMA's too; Gemma's, for one, is not. */
    private static final Set<String> LLAMA_TYPES = Set.of("llama", "mistral", "qwen2");

    private final StateDict weights;
    private final Dialect dialect;
    private final ConfigValues values;

    ConfigResolver(StateDict weights, ConfigValues values) {
        this.weights = weights;
        this.dialect = weights.dialect();
        this.values = values;
    }

    /**
     * @throws MalformedCheckpointException when a size is missing, wrong, or contradicts the
     *     shapes, or the model needs what is not supported
     */
    TransformerConfig resolve() throws MalformedCheckpointException {
        refuseUnsupported();
        AttentionShape attention = attention();
        var config =
                new TransformerConfig(
                        dimensions(),
                        attention,
                        positions(attention),
                        normalization(),
                        feedForward());
        Gguf.check(values, config);
        return config;
    }

    private Dimensions dimensions() throws MalformedCheckpointException {
        List<Integer> embedding = matrix(WeightRole.TOKEN_EMBEDDING);
        return new Dimensions(embedding.get(0), context(), embedding.get(1), weights.layers());
    }

    private int context() throws MalformedCheckpointException {
        int context =
                dialect.has(WeightRole.POSITION_EMBEDDING)
                        ? matrix(WeightRole.POSITION_EMBEDDING).get(0)
                        : values.required(Setting.CONTEXT, "context length");
        if (context > LARGEST_CONTEXT) {
            throw values.wrong(Setting.CONTEXT, "at most " + LARGEST_CONTEXT, context);
        }
        return context;
    }

    private AttentionShape attention() throws MalformedCheckpointException {
        int embedding = matrix(WeightRole.TOKEN_EMBEDDING).get(1);
        int heads = values.required(Setting.HEADS, "number of heads");
        int headLength = values.positive(Setting.HEAD_LENGTH).orElse(embedding / heads);
        int keyLength = keyLength(heads * headLength);
        if (embedding % heads != 0 && values.find(Setting.HEAD_LENGTH) == null) {
            throw values.wrong(Setting.HEADS, "a divisor of the embedding, " + embedding, heads);
        }
        int keyValueHeads = keyLength / headLength;
        if (keyValueHeads <= 0 || keyLength % headLength != 0 || heads % keyValueHeads != 0) {
            throw values.wrong(Setting.HEADS, "in keeping with keys of length " + keyLength, heads);
        }
        int declared = values.positive(Setting.KEY_VALUE_HEADS).orElse(keyValueHeads);
        if (declared != keyValueHeads) {
            throw values.wrong(
                    Setting.KEY_VALUE_HEADS, keyValueHeads + " by the weights", declared);
        }
        return new AttentionShape(heads, keyValueHeads, headLength);
    }

    private int keyLength(int queryLength) throws MalformedCheckpointException {
        if (!dialect.fusesQueryKeyValue()) {
            return outputs(WeightRole.KEY);
        }
        return (outputs(WeightRole.QUERY_KEY_VALUE) - queryLength) / 2;
    }

    private Positions positions(AttentionShape attention) throws MalformedCheckpointException {
        PositionKind kind = dialect.defaults().positions();
        if (kind == PositionKind.LEARNED) {
            return new Positions(kind, 0);
        }
        if (attention.headLength() % 2 != 0) {
            throw values.wrong(
                    Setting.HEAD_LENGTH, "even for rotary positions", attention.headLength());
        }
        double theta = values.number(Setting.ROPE_BASE).orElse(ropeParameter());
        if (theta <= 0) {
            throw values.wrong(Setting.ROPE_BASE, "above 0", theta);
        }
        return new Positions(kind, theta);
    }

    /** Newer configurations keep the base in an object of its own. */
    private double ropeParameter() {
        return values.find("rope_parameters") instanceof Map<?, ?> parameters
                        && parameters.get("rope_theta") instanceof Number theta
                ? theta.doubleValue()
                : ROPE_BASE;
    }

    private void refuseUnsupported() throws MalformedCheckpointException {
        boolean rotary = dialect.defaults().positions() != PositionKind.LEARNED;
        Object type = values.find("model_type");
        if (rotary && type != null && !LLAMA_TYPES.contains(type.toString())) {
            throw values.wrong(
                    "model_type", "llama, mistral or qwen2 where tensors have these names", type);
        }
        refuseUnless("scale_attn_weights", true);
        refuseUnless("scale_attn_by_inverse_layer_idx", false);
        if (values.find("partial_rotary_factor") instanceof Number share
                && share.doubleValue() != 1) {
            throw values.wrong("partial_rotary_factor", "absent or 1", share);
        }
        refuseRopeScaling();
        if (values.find("sliding_window") instanceof Long window
                && !Boolean.FALSE.equals(values.find("use_sliding_window"))
                && rotary
                && window < values.required(Setting.CONTEXT, "context length")) {
            throw values.wrong("sliding_window", "absent or at least the context length", window);
        }
    }

    private void refuseUnless(String name, boolean supported) throws MalformedCheckpointException {
        if (values.find(name) instanceof Boolean given && given != supported) {
            throw values.wrong(name, "absent or " + supported, given);
        }
    }

    private void refuseRopeScaling() throws MalformedCheckpointException {
        for (String name : List.of("rope_scaling", "rope_parameters")) {
            if (values.find(name) instanceof Map<?, ?> scaling) {
                Object kind =
                        scaling.get("rope_type") == null
                                ? scaling.get("type")
                                : scaling.get("rope_type");
                if (kind != null && !kind.equals("default")) {
                    throw values.wrong(name, "absent or of type default", kind);
                }
            }
        }
    }

    private Normalization normalization() throws MalformedCheckpointException {
        double epsilon = values.number(Setting.EPSILON).orElse(dialect.defaults().epsilon());
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw values.wrong(Setting.EPSILON, "from 0 to 1", epsilon);
        }
        boolean plain = dialect.defaults().plainNorms();
        return new Normalization(dialect.defaults().norm(), (float) epsilon, plain, !plain);
    }

    private FeedForward feedForward() throws MalformedCheckpointException {
        return new FeedForward(outputs(WeightRole.UP), activation(), dialect.gated());
    }

    private Activation activation() throws MalformedCheckpointException {
        Object name = values.find(Setting.ACTIVATION);
        if (name == null) {
            return dialect.defaults().activation();
        }
        return switch (name.toString().toLowerCase(Locale.ROOT)) {
            case "relu" -> Activation.RELU;
            case "relu_squared", "relu2" -> Activation.RELU_SQUARED;
            case "gelu", "gelu_erf" -> Activation.GELU_ERF;
            case "gelu_new", "gelu_tanh", "gelu_pytorch_tanh", "gelu_fast" -> Activation.GELU_TANH;
            case "silu", "swish" -> Activation.SILU;
            default ->
                    throw values.wrong(
                            Setting.ACTIVATION, "relu, relu_squared, gelu, gelu_new or silu", name);
        };
    }

    private int outputs(WeightRole role) throws MalformedCheckpointException {
        return matrix(role).get(dialect.layout().transposed() ? 1 : 0);
    }

    private List<Integer> matrix(WeightRole role) throws MalformedCheckpointException {
        TensorSource tensor = weights.get(role, 0);
        List<Long> shape = tensor.shape();
        if (shape.size() != 2
                || shape.get(0) > Integer.MAX_VALUE
                || shape.get(1) > Integer.MAX_VALUE
                || shape.get(0) == 0
                || shape.get(1) == 0) {
            throw values.wrong(tensor.name(), "a matrix", shape);
        }
        return List.of(shape.get(0).intValue(), shape.get(1).intValue());
    }
}
