package dev.kaya.engine;

/**
 * The order in which a file keeps the outputs of a projection of queries or keys.
 *
 * <p>The engine rotates element i of a head with element i + D/2. Files made for rotation of
 * neighbours have those two side by side, as elements 2i and 2i + 1; putting every output back in
 * its place when weights are packed gives the same model, as queries and keys are turned alike and
 * only their products are used.
 *
 * @param pairedLength D, elements of a head, even, where pairs lie side by side; 0 where outputs
 *     stand as the engine wants them
 */
record RowOrder(int pairedLength) {

    static final RowOrder AS_STORED = new RowOrder(0);

    RowOrder {
        if (pairedLength < 0 || pairedLength % 2 != 0) {
            throw new IllegalArgumentException("pairs in heads of " + pairedLength);
        }
    }

    /** Where the engine wants output {@code row} of the file. */
    int target(int row) {
        if (pairedLength == 0) {
            return row;
        }
        int within = row % pairedLength;
        return row - within + within % 2 * (pairedLength / 2) + within / 2;
    }
}
