package dev.kaya.engine.weights;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.util.List;

/**
 * The rows of a projection or table, one an output, in the engine's order: whatever the file calls
 * it, however it is cut, turned or interleaved there.
 */
public final class RoleMatrix {

    private final List<WeightPart> parts;
    private final boolean transposed;

    /**
     * @param parts on top of each other
     * @param transposed whether they are (inputs, outputs)
     */
    RoleMatrix(List<WeightPart> parts, boolean transposed) {
        this.parts = parts;
        this.transposed = transposed;
    }

    public int outputs() {
        int outputs = 0;
        for (WeightPart part : parts) {
            outputs += part.tensor().shape().get(transposed ? 1 : 0).intValue();
        }
        return outputs;
    }

    /** How all parts are stored; single precision where they differ. */
    public DataType type() {
        DataType type = parts.get(0).tensor().type();
        for (WeightPart part : parts) {
            if (part.tensor().type() != type) {
                return DataType.F32;
            }
        }
        return type;
    }

    public int inputs() {
        return parts.get(0).tensor().shape().get(transposed ? 0 : 1).intValue();
    }

    /**
     * Some inputs of some rows, (rows, inputs), in single precision. Nothing else is held, but for
     * a run of a stored row.
     *
     * @param reader through which to read
     * @param rows their numbers; neighbours, in any order, where the file has them turned
     * @param firstInput the beginning of a block of any type
     * @param count of inputs; whole blocks, or up to the last
     */
    public float[] read(TensorReader reader, int[] rows, int firstInput, int count)
            throws IOException {
        float[] values = new float[Math.multiplyExact(rows.length, count)];
        int first = 0;
        for (WeightPart part : parts) {
            int length = part.length(transposed ? 1 : 0);
            for (int k = 0; k < rows.length && !transposed; k++) {
                int row = rows[k] - first;
                if (row >= 0 && row < length) {
                    long at = (long) part.order().source(row) * inputs() + firstInput;
                    reader.widen(part.tensor(), at, count, values, k * count);
                }
            }
            if (transposed) {
                readTurned(reader, part, rows, first, firstInput, values);
            }
            first += length;
        }
        return values;
    }

    /** A run of each stored row, from the first of the wanted elements to the last. */
    private static void readTurned(
            TensorReader reader,
            WeightPart part,
            int[] rows,
            int first,
            int firstInput,
            float[] values)
            throws IOException {
        int length = part.length(1);
        int lowest = length;
        int highest = -1;
        for (int row : rows) {
            if (row >= first && row < first + length) {
                lowest = Math.min(lowest, row - first);
                highest = Math.max(highest, row - first);
            }
        }
        if (highest < 0) {
            return;
        }
        int block = part.tensor().type().blockElements();
        int begin = lowest / block * block;
        float[] run = new float[(highest / block + 1) * block - begin];
        int count = values.length / rows.length;
        for (int i = 0; i < count; i++) {
            long at = (long) (firstInput + i) * length + begin;
            reader.widen(part.tensor(), at, run.length, run, 0);
            for (int k = 0; k < rows.length; k++) {
                int row = rows[k] - first;
                if (row >= 0 && row < length) {
                    values[k * count + i] = run[row - begin];
                }
            }
        }
    }
}
