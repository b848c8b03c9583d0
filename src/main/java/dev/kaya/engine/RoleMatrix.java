package dev.kaya.engine;

import dev.kaya.engine.TensorReader.Part;
import dev.kaya.engine.tensor.DataType;
import java.io.IOException;
import java.util.List;

/**
 * The rows of a projection or table, one an output, in the engine's order: whatever the file calls
 * it, however it is cut, turned or interleaved there.
 */
final class RoleMatrix {

    private final List<Part> parts;
    private final boolean transposed;

    /**
     * @param parts on top of each other
     * @param transposed whether they are (inputs, outputs)
     */
    RoleMatrix(List<Part> parts, boolean transposed) {
        this.parts = parts;
        this.transposed = transposed;
    }

    int outputs() {
        int outputs = 0;
        for (Part part : parts) {
            outputs += part.tensor().shape().get(transposed ? 1 : 0).intValue();
        }
        return outputs;
    }

    /** How all parts are stored; single precision where they differ. */
    DataType type() {
        DataType type = parts.get(0).tensor().type();
        for (Part part : parts) {
            if (part.tensor().type() != type) {
                return DataType.F32;
            }
        }
        return type;
    }

    int inputs() {
        return parts.get(0).tensor().shape().get(transposed ? 0 : 1).intValue();
    }

    /**
     * All rows, (outputs, inputs), in single precision.
     *
     * @param reader through which to read
     */
    float[] read(TensorReader reader) throws IOException {
        int inputs = inputs();
        float[] all = new float[Math.multiplyExact(outputs(), inputs)];
        int first = 0;
        for (Part part : parts) {
            float[] stored = reader.floats(part.tensor());
            int rows = stored.length / inputs;
            for (int row = 0; row < rows; row++) {
                int to = (first + part.order().target(row)) * inputs;
                if (transposed) {
                    for (int i = 0; i < inputs; i++) {
                        all[to + i] = stored[i * rows + row];
                    }
                } else {
                    System.arraycopy(stored, row * inputs, all, to, inputs);
                }
            }
            first += rows;
        }
        return all;
    }
}
