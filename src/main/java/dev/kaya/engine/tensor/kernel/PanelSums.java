package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

/**
 * The chains of rows while a few panels are multiplied. In the rows of the result those of many
 * rows would stand kilobytes apart, mostly whole pages, and drive each other out of the caches;
 * those of neighbouring panels would share cache lines. Memory of one thread, filled again and
 * again.
 */
final class PanelSums {

    /** Panels that take turns: what they share of the rows is read once for all of them. */
    static final int PANELS = 6;

    /** Whole tiles of six rows, and the 256 of a default step with some that decode. */
    static final int MOST_ROWS = 264;

    /** One cache line more than a panel, so that neighbouring rows do not meet in one set. */
    static final int STRIDE = PANEL + 16;

    final float[] data = new float[PANELS * MOST_ROWS * STRIDE];

    /** How many of {@code rows} to take at a time: all, or even shares of whole tiles. */
    static int rowsAtOnce(int rows) {
        if (rows <= MOST_ROWS) {
            return rows;
        }
        int shares = (rows + MOST_ROWS - 1) / MOST_ROWS;
        int share = (rows + shares - 1) / shares;
        return (share + Kernels.TILE - 1) / Kernels.TILE * Kernels.TILE;
    }

    /** Where the chains of the first row begin for one of the panels. */
    static int at(int panel) {
        return panel * MOST_ROWS * STRIDE;
    }
}
