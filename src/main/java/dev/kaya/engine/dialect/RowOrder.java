package dev.kaya.engine.dialect;

/**
 * The order in which a file keeps the outputs of a projection of queries or keys.
 *
 * <p>The engine rotates element i of a head with element i + R/2. Files made for rotation of
 * neighbours have those two side by side, as elements 2i and 2i + 1 of a head; putting every output
 * back in its place when weights are packed gives the same model, as queries and keys are turned
 * alike and only their products are used.
 *
 * @param rows of queries and keys, which come first where values follow in the same projection
 * @param headLength D, elements of a head
 * @param pairedLength R, elements of a head that rotate, the first ones, even; 0 where outputs
 *     stand as the engine wants them
 */
public record RowOrder(int rows, int headLength, int pairedLength) {

    public static final RowOrder AS_STORED = new RowOrder(0, 1, 0);

    public RowOrder {
        if (pairedLength < 0 || pairedLength % 2 != 0 || pairedLength > headLength) {
            throw new IllegalArgumentException(
                    "pairs in the first " + pairedLength + " elements of heads of " + headLength);
        }
    }

    /** Which output of the file the engine has at {@code row}; {@link #target} the other way. */
    public int source(int row) {
        int within = row % headLength;
        if (row >= rows || within >= pairedLength) {
            return row;
        }
        int half = pairedLength / 2;
        return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    }

    /** Where the engine wants output {@code row} of the file. */
    public int target(int row) {
        int within = row % headLength;
        if (row >= rows || within >= pairedLength) {
            return row;
        }
        return row - within + within % 2 * (pairedLength / 2) + within / 2;
    }
}
