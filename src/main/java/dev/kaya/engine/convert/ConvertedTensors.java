package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.convert.CheckpointConverter.Container;
import dev.kaya.engine.convert.CheckpointConverter.ConvertedModel;
import dev.kaya.engine.convert.CheckpointConverter.Weights;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.RowOrder;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.RowEncoder;
import dev.kaya.engine.weights.RoleMatrix;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import dev.kaya.engine.weights.WeightLoader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tensors of a model as another program expects them, each made when it is written. */
final class ConvertedTensors {

    private static final int WINDOW_ELEMENTS = 1 << 20;
    private static final int LONGEST_BLOCK = 256;

    private final ConvertedModel model;
    private final WeightLoader loader;
    private final Family family;
    private final Dialect target;
    private final Weights type;
    private final Container container;
    private final TensorReader reader = new TensorReader(WeightFormat.F32);
    private final List<TensorPlan> plans = new ArrayList<>();

    ConvertedTensors(
            ConvertedModel model,
            WeightLoader loader,
            Family family,
            Weights type,
            Container container) {
        this.model = model;
        this.loader = loader;
        this.family = family;
        this.type = type;
        this.container = container;
        target = family.dialect(container);
    }

    List<TensorPlan> all() {
        matrix(WeightRole.TOKEN_EMBEDDING, 0, loader.rows(0, WeightRole.TOKEN_EMBEDDING));
        if (family == Family.GPT2) {
            positions();
        } else if (target.has(WeightRole.ROTARY_DIVISORS)) {
            rotaryDivisors();
        }
        for (int layer = 0; layer < model.weights().layers(); layer++) {
            block(layer);
        }
        norm(WeightRole.OUTPUT_NORM, WeightRole.OUTPUT_NORM_BIAS, 0);
        if (!model.tied()) {
            matrix(WeightRole.HEAD, 0, loader.rows(0, WeightRole.HEAD));
        }
        return plans;
    }

    private void positions() {
        TensorSource source = model.weights().get(WeightRole.POSITION_EMBEDDING, 0);
        long embedding = model.config().dimensions().embedding();
        vector(
                WeightRole.POSITION_EMBEDDING,
                0,
                List.of((long) model.config().dimensions().context(), embedding),
                () -> reader.floats(source));
    }

    private void rotaryDivisors() {
        var rotation = new ConvertedPositions(model, family);
        if (rotation.needsDivisors()) {
            boolean stored = model.weights().find(WeightRole.ROTARY_DIVISORS, 0) != null;
            vector(
                    WeightRole.ROTARY_DIVISORS,
                    0,
                    List.of(model.config().positions().rotaryLength() / 2L),
                    () ->
                            stored
                                    ? loader.floats(WeightRole.ROTARY_DIVISORS, 0)
                                    : rotation.divisors());
        }
    }

    private void block(int layer) {
        norm(WeightRole.ATTENTION_NORM, WeightRole.ATTENTION_NORM_BIAS, layer);
        attention(layer);
        projection(layer, WeightRole.ATTENTION_OUTPUT, WeightRole.ATTENTION_OUTPUT_BIAS);
        norm(WeightRole.FEED_FORWARD_NORM, WeightRole.FEED_FORWARD_NORM_BIAS, layer);
        if (target.gated()) {
            projection(layer, WeightRole.GATE, WeightRole.GATE_BIAS);
        }
        projection(layer, WeightRole.UP, WeightRole.UP_BIAS);
        projection(layer, WeightRole.DOWN, WeightRole.DOWN_BIAS);
    }

    private void attention(int layer) {
        boolean fused = model.weights().dialect().fusesQueryKeyValue();
        RoleMatrix rows =
                fused
                        ? loader.rows(layer, WeightRole.QUERY_KEY_VALUE)
                        : loader.rows(layer, WeightRole.QUERY, WeightRole.KEY, WeightRole.VALUE);
        if (target.fusesQueryKeyValue()) {
            matrix(WeightRole.QUERY_KEY_VALUE, layer, rows);
            bias(
                    WeightRole.QUERY_KEY_VALUE_BIAS,
                    layer,
                    rows.outputs(),
                    () -> attentionBias(layer));
            return;
        }
        AttentionShape shape = model.config().attention();
        int queries = shape.queryLength();
        int keys = shape.keyLength();
        part(WeightRole.QUERY, layer, rows, 0, queries);
        part(WeightRole.KEY, layer, rows, queries, keys);
        part(WeightRole.VALUE, layer, rows, queries + keys, keys);
        if (family == Family.QWEN3) {
            headNorm(WeightRole.QUERY_NORM, layer);
            headNorm(WeightRole.KEY_NORM, layer);
        }
    }

    private void headNorm(WeightRole role, int layer) {
        vector(
                role,
                layer,
                List.of((long) model.config().attention().headLength()),
                () -> loader.floats(role, layer));
    }

    /** Some rows of queries, keys and values, with their bias where the target has one. */
    private void part(WeightRole role, int layer, RoleMatrix rows, int first, int count) {
        RowOrder order = order(role, count);
        matrix(role, layer, rows, new Slice(first, count, order));
        if (family == Family.QWEN2) {
            vector(
                    WeightRole.valueOf(role.name() + "_BIAS"),
                    layer,
                    List.of((long) count),
                    () -> new Slice(first, count, order).of(attentionBias(layer)));
        }
    }

    private RowOrder order(WeightRole role, int rows) {
        return target.layout().pairedRotary() && role != WeightRole.VALUE
                ? new RowOrder(
                        rows,
                        model.config().attention().headLength(),
                        model.config().positions().rotaryLength())
                : RowOrder.AS_STORED;
    }

    private float[] attentionBias(int layer) throws IOException {
        AttentionShape shape = model.config().attention();
        int keys = shape.keyLength();
        if (model.weights().dialect().fusesQueryKeyValue()) {
            return loader.stackedBias(
                    layer,
                    List.of(shape.queryLength() + 2 * keys),
                    WeightRole.QUERY_KEY_VALUE_BIAS);
        }
        return loader.stackedBias(
                layer,
                List.of(shape.queryLength(), keys, keys),
                WeightRole.QUERY_BIAS,
                WeightRole.KEY_BIAS,
                WeightRole.VALUE_BIAS);
    }

    private void projection(int layer, WeightRole role, WeightRole biasRole) {
        RoleMatrix rows = loader.rows(layer, role);
        matrix(role, layer, rows);
        bias(
                biasRole,
                layer,
                rows.outputs(),
                () -> loader.stackedBias(layer, List.of(rows.outputs()), biasRole));
    }

    /** GPT-2 has all biases; a model without them has zeros there. */
    private void bias(WeightRole role, int layer, int length, Floats values) {
        if (family == Family.GPT2) {
            vector(role, layer, List.of((long) length), () -> padded(values.read(), length));
        }
    }

    private void norm(WeightRole gain, WeightRole bias, int layer) {
        int embedding = model.config().dimensions().embedding();
        List<Long> shape = List.of((long) embedding);
        vector(gain, layer, shape, () -> loader.floats(gain, layer));
        if (family == Family.GPT2) {
            vector(bias, layer, shape, () -> padded(loader.floats(bias, layer), embedding));
        }
    }

    private static float[] padded(float[] values, int length) {
        return Arrays.copyOf(values, length);
    }

    /** Reads elements when their turn comes. */
    private interface Floats {
        float[] read() throws IOException;
    }

    /** Some rows of a matrix, in the order of the target. */
    private record Slice(int first, int count, RowOrder order) {
        /** The numbers of some of its rows in the matrix. */
        int[] rows(int from, int some) {
            int[] rows = new int[some];
            for (int i = 0; i < some; i++) {
                rows[i] = first + order.target(from + i);
            }
            return rows;
        }

        /** Its elements of a vector. */
        float[] of(float[] all) {
            float[] slice = new float[count];
            for (int i = 0; i < count; i++) {
                slice[i] = all[first + order.target(i)];
            }
            return slice;
        }
    }

    private void vector(WeightRole role, int layer, List<Long> shape, Floats values) {
        plans.add(
                new TensorPlan(
                        target.key(role, layer),
                        DataType.F32,
                        shape,
                        sink -> encode(values.read(), DataType.F32, sink)));
    }

    private void matrix(WeightRole role, int layer, RoleMatrix rows) {
        matrix(role, layer, rows, new Slice(0, rows.outputs(), RowOrder.AS_STORED));
    }

    private void matrix(WeightRole role, int layer, RoleMatrix rows, Slice slice) {
        boolean turned = target.layout().transposed() && !role.isTable();
        int inputs = rows.inputs();
        int outputs = slice.count();
        DataType as = type(rows, inputs);
        List<Long> shape =
                turned
                        ? List.of((long) inputs, (long) outputs)
                        : List.of((long) outputs, (long) inputs);
        plans.add(
                new TensorPlan(
                        target.key(role, layer),
                        as,
                        shape,
                        sink -> {
                            if (turned) {
                                writeTurned(rows, slice, as, sink);
                            } else {
                                writeRows(rows, slice, as, sink);
                            }
                        }));
    }

    /** As many rows at once as a window holds. */
    private void writeRows(RoleMatrix rows, Slice slice, DataType as, TensorPlan.Sink sink)
            throws IOException {
        int inputs = rows.inputs();
        int atOnce = Math.max(1, WINDOW_ELEMENTS / inputs);
        for (int first = 0; first < slice.count(); first += atOnce) {
            int[] some = slice.rows(first, Math.min(atOnce, slice.count() - first));
            encode(rows.read(reader, some, 0, inputs), as, sink);
        }
    }

    /** As many inputs of all rows at once as a window holds, whole blocks of any type. */
    private void writeTurned(RoleMatrix rows, Slice slice, DataType as, TensorPlan.Sink sink)
            throws IOException {
        int[] all = slice.rows(0, slice.count());
        int inputs = rows.inputs();
        int atOnce = Math.max(1, WINDOW_ELEMENTS / all.length / LONGEST_BLOCK) * LONGEST_BLOCK;
        for (int first = 0; first < inputs; first += atOnce) {
            int count = Math.min(atOnce, inputs - first);
            encode(turned(rows.read(reader, all, first, count), all.length), as, sink);
        }
    }

    private DataType type(RoleMatrix rows, int inputs) {
        return switch (type) {
            case F32 -> DataType.F32;
            case BF16 -> DataType.BF16;
            case Q8_0 -> inputs % DataType.Q8_0.blockElements() == 0 ? DataType.Q8_0 : DataType.F32;
            case AUTO ->
                    switch (rows.type()) {
                        case F16, BF16 -> rows.type();
                        case Q8_0 -> container == Container.GGUF ? DataType.Q8_0 : DataType.F32;
                        default -> DataType.F32;
                    };
        };
    }

    private static float[] turned(float[] values, int outputs) {
        int inputs = values.length / outputs;
        float[] turned = new float[values.length];
        for (int output = 0; output < outputs; output++) {
            for (int i = 0; i < inputs; i++) {
                turned[i * outputs + output] = values[output * inputs + i];
            }
        }
        return turned;
    }

    private static void encode(float[] values, DataType type, TensorPlan.Sink sink)
            throws IOException {
        sink.write(ByteBuffer.wrap(RowEncoder.encode(values, 0, values.length, type)));
    }
}
