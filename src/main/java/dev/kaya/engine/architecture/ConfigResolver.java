package dev.kaya.engine.architecture;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.ActivationNames;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Gguf;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.dialect.WeightShapes;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.model.TransformerConfig.Normalization;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import dev.kaya.engine.tensor.kernel.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Decides the arithmetic of a model: sizes from the shapes of its tensors, the rest from what the
 * file or its {@code config.json} says, and what neither says from the dialect.
 */
public final class ConfigResolver {

    private static final int LARGEST_CONTEXT = 1 << 20;
    private static final int LONGEST_QUERY = 1 << 24;

    private final NamedTensors weights;
    private final Dialect dialect;
    private final ConfigValues values;

    public ConfigResolver(NamedTensors weights, ConfigValues values) {
        this.weights = weights;
        this.dialect = weights.dialect();
        this.values = values;
    }

    /**
     * The configuration.
     *
     * @throws MalformedCheckpointException when sizes are missing, wrong, or contradict the shapes,
     *     or the model needs what is not supported
     */
    public TransformerConfig resolve() throws MalformedCheckpointException {
        refuseMissing();
        refuseUnsupported();
        Dimensions dimensions = dimensions();
        AttentionShape attention = attention(dimensions.embedding());
        var config =
                new TransformerConfig(
                        dimensions,
                        attention,
                        new WindowResolver(values, dimensions).resolve(),
                        new RotaryResolver(dialect, values).resolve(dimensions, attention),
                        normalization(),
                        feedForward());
        agree(config);
        Gguf.check(values, config);
        return config;
    }

    /** All at once, so that nobody has to start as often as there are settings. */
    private void refuseMissing() throws MalformedCheckpointException {
        Map<Setting, String> missing = new LinkedHashMap<>();
        if (heads().isEmpty()) {
            missing.put(Setting.HEADS, "number of heads");
        }
        if (!dialect.has(WeightRole.POSITION_EMBEDDING)
                && values.positive(Setting.CONTEXT).isEmpty()) {
            missing.put(Setting.CONTEXT, "context length");
        }
        if (!missing.isEmpty()) {
            throw values.missing(missing);
        }
    }

    private void refuseUnsupported() throws MalformedCheckpointException {
        Set<String> types = dialect.tells().modelTypes();
        Object type = values.find("model_type");
        if (type != null && !types.isEmpty() && !types.contains(type.toString())) {
            String known = String.join(" or ", types.stream().sorted().toList());
            throw values.wrong("model_type", known + " where tensors have these names", type);
        }
        refuseUnless("scale_attn_weights", true);
        refuseUnless("scale_attn_by_inverse_layer_idx", false);
    }

    private void refuseUnless(String name, boolean supported) throws MalformedCheckpointException {
        if (values.flag(name, supported) != supported) {
            throw values.wrong(name, "absent or " + supported, !supported);
        }
    }

    private Dimensions dimensions() throws MalformedCheckpointException {
        List<Integer> embedding = matrix(WeightRole.TOKEN_EMBEDDING);
        return new Dimensions(embedding.get(0), context(), embedding.get(1), weights.layers());
    }

    private int context() throws MalformedCheckpointException {
        int context =
                dialect.has(WeightRole.POSITION_EMBEDDING)
                        ? matrix(WeightRole.POSITION_EMBEDDING).get(0)
                        : values.positive(Setting.CONTEXT).orElseThrow();
        if (context > LARGEST_CONTEXT) {
            throw values.wrong(Setting.CONTEXT, "at most " + LARGEST_CONTEXT, context);
        }
        return context;
    }

    /** Modules of heads are counted; without a projection behind it there is one. */
    private OptionalInt heads() throws MalformedCheckpointException {
        if (dialect.headsAreModules()) {
            return OptionalInt.of(weights.headModules());
        }
        OptionalInt given = values.positive(Setting.HEADS);
        return given.isEmpty() && !dialect.has(WeightRole.ATTENTION_OUTPUT)
                ? OptionalInt.of(1)
                : given;
    }

    private AttentionShape attention(int embedding) throws MalformedCheckpointException {
        int heads = heads().orElseThrow();
        agree(Setting.HEADS, heads);
        int headLength = headLength(embedding, heads);
        if ((long) heads * headLength > LONGEST_QUERY) {
            throw values.wrong(
                    Setting.HEADS, "of at most " + LONGEST_QUERY + " elements together", heads);
        }
        int keyLength = keyLength(heads * headLength);
        int keyValueHeads = keyLength / headLength;
        if (keyValueHeads <= 0 || keyLength % headLength != 0 || heads % keyValueHeads != 0) {
            throw values.wrong(Setting.HEADS, "in keeping with keys of length " + keyLength, heads);
        }
        agree(Setting.KEY_VALUE_HEADS, keyValueHeads);
        if (!dialect.has(WeightRole.ATTENTION_OUTPUT) && heads * headLength != embedding) {
            throw values.wrong(
                    weights.get(WeightRole.VALUE, 0).name(),
                    "of heads that together are as long as the embedding, "
                            + embedding
                            + ", as no projection follows",
                    heads + " heads of " + headLength);
        }
        return new AttentionShape(heads, keyValueHeads, headLength, scale(headLength));
    }

    /** As usual unless it is given; the lecture's first code, for one, divided by √E. */
    private float scale(int headLength) throws MalformedCheckpointException {
        double given = values.number(Setting.ATTENTION_SCALE).orElse(0);
        float scale = given == 0 ? AttentionShape.usualScale(headLength) : (float) given;
        if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
            throw values.wrong(Setting.ATTENTION_SCALE, "above 0", given);
        }
        return scale;
    }

    /** By the weights where they show it, else as declared, else a share of the embedding. */
    private int headLength(int embedding, int heads) throws MalformedCheckpointException {
        OptionalInt declared = values.positive(Setting.HEAD_LENGTH);
        if (dialect.headsAreModules()) {
            int length = outputs(WeightRole.QUERY);
            agree(Setting.HEAD_LENGTH, length);
            return length;
        }
        if (declared.isPresent()) {
            return declared.getAsInt();
        }
        if (dialect.has(WeightRole.QUERY_NORM)) {
            return vector(WeightRole.QUERY_NORM);
        }
        if (embedding % heads != 0) {
            throw values.wrong(Setting.HEADS, "a divisor of the embedding, " + embedding, heads);
        }
        return embedding / heads;
    }

    private int keyLength(int queryLength) throws MalformedCheckpointException {
        if (dialect.headsAreModules()) {
            return queryLength;
        }
        return dialect.fusesQueryKeyValue()
                ? (outputs(WeightRole.QUERY_KEY_VALUE) - queryLength) / 2
                : outputs(WeightRole.KEY);
    }

    private Normalization normalization() throws MalformedCheckpointException {
        double epsilon = values.number(Setting.EPSILON).orElse(dialect.defaults().epsilon());
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw values.wrong(Setting.EPSILON, "from 0 to 1", epsilon);
        }
        return new Normalization(
                dialect.defaults().norm(),
                (float) epsilon,
                values.flag("embedding_norm", dialect.defaults().embeddingNorm()),
                dialect.has(WeightRole.OUTPUT_NORM),
                dialect.has(WeightRole.QUERY_NORM));
    }

    private FeedForward feedForward() throws MalformedCheckpointException {
        Object name = values.find(Setting.ACTIVATION);
        Activation activation =
                name == null
                        ? dialect.defaults().activation()
                        : ActivationNames.activation(values, name.toString(), dialect.gated());
        return new FeedForward(outputs(WeightRole.UP), activation, dialect.gated());
    }

    /** What is declared must be what the weights say; padding may enlarge a vocabulary. */
    private void agree(TransformerConfig config) throws MalformedCheckpointException {
        Dimensions size = config.dimensions();
        agree(Setting.LAYERS, size.layers());
        agree(Setting.EMBEDDING, size.embedding());
        agree(Setting.FEED_FORWARD, config.feedForward().length());
        if (dialect.has(WeightRole.POSITION_EMBEDDING)) {
            agree(Setting.CONTEXT, size.context());
        }
        if (values.find(Setting.VOCABULARY) instanceof Long declared
                && declared > size.vocabulary()) {
            agree(Setting.VOCABULARY, size.vocabulary());
        }
    }

    private void agree(Setting setting, int byTheWeights) throws MalformedCheckpointException {
        Object declared = values.find(setting);
        if (declared != null && !declared.equals((long) byTheWeights)) {
            throw values.wrong(setting, byTheWeights + " by the weights", declared);
        }
    }

    private int outputs(WeightRole role) throws MalformedCheckpointException {
        return matrix(role).get(dialect.layout().transposed() && !role.isTable() ? 1 : 0);
    }

    private int vector(WeightRole role) throws MalformedCheckpointException {
        TensorSource tensor = weights.get(role, 0);
        if (tensor.shape().size() != 1 || !fits(tensor.shape())) {
            throw values.wrong(tensor.name(), "a vector", tensor.shape());
        }
        return tensor.shape().get(0).intValue();
    }

    private List<Integer> matrix(WeightRole role) throws MalformedCheckpointException {
        TensorSource tensor = weights.get(role, 0);
        List<Long> shape = WeightShapes.of(role, tensor);
        if (shape.size() != 2 || !fits(shape)) {
            throw values.wrong(tensor.name(), "a matrix", tensor.shape());
        }
        return List.of(shape.get(0).intValue(), shape.get(1).intValue());
    }

    private static boolean fits(List<Long> shape) {
        return shape.stream().allMatch(length -> length > 0 && length <= Integer.MAX_VALUE);
    }
}
