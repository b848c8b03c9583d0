package dev.kaya.engine.tensor.matrix;

/**
 * A block of rows in a flat array: row r begins at {@code offset + r·stride}.
 *
 * @param data the array, shared with its owner
 * @param offset where row 0 begins
 * @param stride elements from one row to the next
 */
public record Rows(float[] data, int offset, int stride) {

    /** Rows that fill an array of their own, {@code length} padded to whole registers. */
    public static Rows allocate(int rows, int length) {
        int stride = PackedMatrix.padded(length);
        return new Rows(new float[Math.multiplyExact(rows, stride)], 0, stride);
    }

    /** Where a row begins. */
    public int at(int row) {
        return offset + row * stride;
    }

    /** How many whole rows the array holds. */
    public int count() {
        return (data.length - offset) / stride;
    }

    /** {@code sum[at + i] += x[offset + i]} for {@code count} elements. */
    public static void add(float[] x, int offset, float[] sum, int at, int count) {
        for (int i = 0; i < count; i++) {
            sum[at + i] += x[offset + i];
        }
    }
}
