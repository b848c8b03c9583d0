package dev.kaya.engine.tensor;

/**
 * The rows that a product reads, and the chains of one panel that it continues. Memory of one
 * thread, filled again and again.
 */
final class RowBlock {

    /** Row r begins at {@code xAt + r·xStride}. */
    float[] x = {};

    int xAt;
    int xStride;

    /** The chains of row r, for the outputs of one panel, begin at {@code yAt + r·yStride}. */
    float[] y = {};

    int yAt;
    int yStride;

    int rows;

    /** Reads {@code count} rows from {@code first} on. */
    void take(Rows from, int first, int count) {
        x = from.data();
        xAt = from.at(first);
        xStride = from.stride();
        rows = count;
    }

    /** Continues the chains that stand there. */
    void into(float[] chains, int at, int stride) {
        y = chains;
        yAt = at;
        yStride = stride;
    }
}
