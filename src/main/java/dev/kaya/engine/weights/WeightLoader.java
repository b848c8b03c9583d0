package dev.kaya.engine.weights;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.dialect.RowOrder;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.dialect.WeightShapes;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerWeights;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.HeadNorms;
import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.model.TransformerWeights.Norm;
import dev.kaya.engine.model.TransformerWeights.PositionWeights;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the tensors of a state dict into packed matrices, one after the other. */
public final class WeightLoader {

    private static final float[] NONE = {};
    private static final long LARGEST_MATRIX = Integer.MAX_VALUE - PackedMatrix.PANEL;

    private final NamedTensors weights;
    private final TransformerConfig config;
    private final boolean tied;
    private final TensorReader reader;

    /**
     * @param weights whose tensors to read
     * @param config what they must fit
     * @param tied whether the head is the token embedding
     * @param reader through which to read
     */
    public WeightLoader(
            NamedTensors weights, TransformerConfig config, boolean tied, TensorReader reader) {
        this.weights = weights;
        this.config = config;
        this.tied = tied;
        this.reader = reader;
    }

    /**
     * Reads all weights; matrices are filled when {@link TensorReader#finish} returns.
     *
     * @throws MalformedCheckpointException when a shape does not fit the model
     * @throws IOException when the file cannot be read
     */
    public TransformerWeights load() throws IOException {
        checkShapes();
        TransformerConfig.Dimensions size = config.dimensions();
        PackedMatrix embedding = table(weights.get(WeightRole.TOKEN_EMBEDDING, 0));
        var positions =
                new PositionWeights(floats(WeightRole.POSITION_EMBEDDING, 0), rotaryDivisors());
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < size.layers(); layer++) {
            blocks.add(block(layer));
        }
        Norm outputNorm = norm(WeightRole.OUTPUT_NORM, WeightRole.OUTPUT_NORM_BIAS, 0);
        return new TransformerWeights(embedding, positions, blocks, outputNorm, head(embedding));
    }

    /** By which frequencies are divided; empty for none. */
    public float[] rotaryDivisors() throws IOException {
        float[] divisors = floats(WeightRole.ROTARY_DIVISORS, 0);
        for (float divisor : divisors) {
            if (!(divisor > 0 && divisor < Float.POSITIVE_INFINITY)) {
                throw new MalformedCheckpointException(
                        weights.path(),
                        -1,
                        weights.get(WeightRole.ROTARY_DIVISORS, 0).name()
                                + " must divide by numbers above 0; given "
                                + divisor);
            }
        }
        return divisors;
    }

    private Linear head(PackedMatrix embedding) throws IOException {
        TensorSource head = weights.find(WeightRole.HEAD, 0);
        PackedMatrix matrix = head == null || tied ? embedding : table(head);
        float[] bias =
                stackedBias(0, List.of(config.dimensions().vocabulary()), WeightRole.HEAD_BIAS);
        return new Linear(matrix, bias);
    }

    /** An embedding or the head, which never are turned. */
    private PackedMatrix table(TensorSource tensor) {
        return reader.matrix(List.of(new WeightPart(tensor, RowOrder.AS_STORED)), false);
    }

    private Block block(int layer) throws IOException {
        return new Block(
                norm(WeightRole.ATTENTION_NORM, WeightRole.ATTENTION_NORM_BIAS, layer),
                queryKeyValue(layer),
                headNorms(layer),
                attentionOutput(layer),
                norm(WeightRole.FEED_FORWARD_NORM, WeightRole.FEED_FORWARD_NORM_BIAS, layer),
                up(layer),
                linear(layer, WeightRole.DOWN, WeightRole.DOWN_BIAS));
    }

    private Linear queryKeyValue(int layer) throws IOException {
        if (weights.dialect().fusesQueryKeyValue()) {
            return linear(layer, WeightRole.QUERY_KEY_VALUE, WeightRole.QUERY_KEY_VALUE_BIAS);
        }
        int queries = config.attention().queryLength();
        int keys = config.attention().keyLength();
        return new Linear(
                stacked(layer, WeightRole.QUERY, WeightRole.KEY, WeightRole.VALUE),
                stackedBias(
                        layer,
                        List.of(queries, keys, keys),
                        WeightRole.QUERY_BIAS,
                        WeightRole.KEY_BIAS,
                        WeightRole.VALUE_BIAS));
    }

    private HeadNorms headNorms(int layer) throws IOException {
        return new HeadNorms(
                new Norm(floats(WeightRole.QUERY_NORM, layer), NONE),
                new Norm(floats(WeightRole.KEY_NORM, layer), NONE));
    }

    /** Where nothing follows the heads, what they give stays as it is. */
    private Linear attentionOutput(int layer) throws IOException {
        if (weights.dialect().has(WeightRole.ATTENTION_OUTPUT)) {
            return linear(layer, WeightRole.ATTENTION_OUTPUT, WeightRole.ATTENTION_OUTPUT_BIAS);
        }
        int length = config.dimensions().embedding();
        var identity = new PackedMatrix(length, length, DataType.F32);
        for (int i = 0; i < length; i++) {
            float[] row = new float[length];
            row[i] = 1;
            identity.encodeRow(i, row, 0);
        }
        return new Linear(identity, NONE);
    }

    private Linear up(int layer) throws IOException {
        if (!weights.dialect().gated()) {
            return linear(layer, WeightRole.UP, WeightRole.UP_BIAS);
        }
        int length = config.feedForward().length();
        return new Linear(
                stacked(layer, WeightRole.GATE, WeightRole.UP),
                stackedBias(
                        layer, List.of(length, length), WeightRole.GATE_BIAS, WeightRole.UP_BIAS));
    }

    private Linear linear(int layer, WeightRole role, WeightRole biasRole) throws IOException {
        PackedMatrix matrix = stacked(layer, role);
        return new Linear(matrix, stackedBias(layer, List.of(matrix.outputs()), biasRole));
    }

    private PackedMatrix stacked(int layer, WeightRole... roles) {
        return reader.matrix(parts(layer, roles), weights.dialect().layout().transposed());
    }

    /** The rows of projections on top of each other, for who wants to read them unpacked. */
    public RoleMatrix rows(int layer, WeightRole... roles) {
        return new RoleMatrix(
                parts(layer, roles),
                weights.dialect().layout().transposed() && !roles[0].isTable());
    }

    private List<WeightPart> parts(int layer, WeightRole... roles) {
        List<WeightPart> parts = new ArrayList<>();
        for (WeightRole role : roles) {
            for (TensorSource tensor : weights.parts(role, layer)) {
                parts.add(new WeightPart(tensor, order(role)));
            }
        }
        return parts;
    }

    /** Biases one after the other, zero where there is none; empty when there is none at all. */
    public float[] stackedBias(int layer, List<Integer> lengths, WeightRole... roles)
            throws IOException {
        int total = lengths.stream().mapToInt(Integer::intValue).sum();
        float[] stacked = new float[PackedMatrix.padded(total)];
        boolean any = false;
        int at = 0;
        for (int i = 0; i < roles.length; i++) {
            int first = at;
            for (TensorSource bias : weights.parts(roles[i], layer)) {
                float[] values = reader.floats(bias);
                RowOrder order = order(roles[i]);
                for (int row = 0; row < values.length; row++) {
                    stacked[first + order.target(row)] = values[row];
                }
                first += values.length;
                any = true;
            }
            at += lengths.get(i);
        }
        return any ? stacked : NONE;
    }

    /** In a fused projection queries and keys come first; values are not rotated. */
    private RowOrder order(WeightRole role) {
        AttentionShape attention = config.attention();
        int rows =
                switch (role) {
                    case QUERY, QUERY_BIAS -> attention.queryLength();
                    case KEY, KEY_BIAS -> attention.keyLength();
                    case QUERY_KEY_VALUE, QUERY_KEY_VALUE_BIAS ->
                            attention.queryLength() + attention.keyLength();
                    default -> 0;
                };
        return weights.dialect().layout().pairedRotary()
                ? new RowOrder(rows, attention.headLength(), config.positions().rotaryLength())
                : RowOrder.AS_STORED;
    }

    private Norm norm(WeightRole gainRole, WeightRole biasRole, int layer) throws IOException {
        return new Norm(floats(gainRole, layer), floats(biasRole, layer));
    }

    /** All elements of a tensor; none where there is no such tensor. */
    public float[] floats(WeightRole role, int layer) throws IOException {
        TensorSource tensor = weights.find(role, layer);
        return tensor == null ? NONE : reader.floats(tensor);
    }

    public void checkShapes() throws MalformedCheckpointException {
        long embedding = config.dimensions().embedding();
        AttentionShape attention = config.attention();
        long hidden = config.feedForward().length();
        refuseTooLarge(config.dimensions().vocabulary(), embedding);
        refuseTooLarge(config.dimensions().context(), embedding);
        refuseTooLarge(attention.queryLength() + 2L * attention.keyLength(), embedding);
        refuseTooLarge(embedding, attention.queryLength());
        refuseTooLarge(config.feedForward().gated() ? 2 * hidden : hidden, embedding);
        refuseTooLarge(embedding, hidden);
        for (WeightRole role : WeightRole.values()) {
            for (int layer = 0; layer < (role.perLayer() ? weights.layers() : 1); layer++) {
                for (TensorSource tensor : weights.parts(role, layer)) {
                    checkShape(role, tensor);
                }
            }
        }
    }

    /** In memory a matrix is one array, with its outputs rounded up to whole panels. */
    private void refuseTooLarge(long outputs, long inputs) throws MalformedCheckpointException {
        long padded = (outputs + PackedMatrix.PANEL - 1) / PackedMatrix.PANEL * PackedMatrix.PANEL;
        if (padded * inputs > LARGEST_MATRIX) {
            throw new MalformedCheckpointException(
                    weights.path(),
                    -1,
                    "a matrix of %d × %d has more than 2^31 elements, which is not supported"
                            .formatted(outputs, inputs));
        }
    }

    private void checkShape(WeightRole role, TensorSource tensor)
            throws MalformedCheckpointException {
        List<Long> outputsFirst = WeightShapes.of(role, weights.dialect(), config);
        boolean turned =
                weights.dialect().layout().transposed()
                        && outputsFirst.size() == 2
                        && !role.isTable();
        List<Long> expected = turned ? outputsFirst.reversed() : outputsFirst;
        if (!WeightShapes.of(role, tensor).equals(expected)) {
            throw new MalformedCheckpointException(
                    weights.path(),
                    -1,
                    tensor.name() + " has shape " + tensor.shape() + " but needs " + expected);
        }
        if (!tensor.type().isFloating()) {
            throw new MalformedCheckpointException(
                    weights.path(), -1, tensor.name() + " has no weights but " + tensor.type());
        }
    }

    /** Embeddings and the head are not turned where linear layers are. */
    private static boolean isTable(NamedTensors weights, TensorSource tensor) {
        for (WeightRole role :
                List.of(
                        WeightRole.TOKEN_EMBEDDING,
                        WeightRole.POSITION_EMBEDDING,
                        WeightRole.HEAD)) {
            if (tensor.equals(weights.find(role, 0))) {
                return true;
            }
        }
        return false;
    }

    /** Bytes that the packed weights will take, before anything is read. */
    public static long packedBytes(NamedTensors weights, boolean tied, WeightFormat format) {
        boolean transposed = weights.dialect().layout().transposed();
        TensorSource positions = weights.find(WeightRole.POSITION_EMBEDDING, 0);
        long bytes = 0;
        for (TensorSource tensor : weights.served(tied)) {
            if (tensor.shape().size() != 2 || tensor.equals(positions)) {
                bytes = Math.addExact(bytes, DataType.F32.bytes(tensor.elementCount()));
                continue;
            }
            boolean turned = transposed && !isTable(weights, tensor);
            long outputs = tensor.shape().get(turned ? 1 : 0);
            long inputs = tensor.shape().get(turned ? 0 : 1);
            DataType packed = format.packed(tensor.type(), inputs);
            bytes = Math.addExact(bytes, PackedMatrix.bytes(outputs, inputs, packed));
        }
        return Math.addExact(bytes, identityBytes(weights));
    }

    /** Where nothing follows the heads, a matrix that changes nothing does. */
    private static long identityBytes(NamedTensors weights) {
        if (weights.dialect().has(WeightRole.ATTENTION_OUTPUT)) {
            return 0;
        }
        List<Long> embedding = weights.get(WeightRole.TOKEN_EMBEDDING, 0).shape();
        long length = embedding.getLast();
        return Math.multiplyExact(
                weights.layers(), PackedMatrix.bytes(length, length, DataType.F32));
    }
}
