package dev.kaya.engine.model;

import dev.kaya.engine.tensor.kernel.Kernels;

/**
 * The rows of a step cut into blocks of neighbours of one sequence, which attend together and so
 * read every key once. Made once and filled anew for every step.
 */
final class QueryBlocks {

    /** Most queries that attend together. */
    static final int MOST = 4 * Kernels.TILE;

    private final int[] firstRow;
    private final int[] rows;
    private int count;
    private long positions;

    QueryBlocks(int maxRows) {
        firstRow = new int[maxRows];
        rows = new int[maxRows];
    }

    /** Cuts all rows. */
    void cut(StepBatch step) {
        clear();
        for (int row = 0; row < step.rows(); row++) {
            add(step, row);
        }
    }

    /** Cuts the rows whose logits are wanted, and leaves the others out. */
    void cutOutputs(StepBatch step) {
        clear();
        for (int output = 0; output < step.outputs(); output++) {
            add(step, step.outputRow(output));
        }
    }

    private void clear() {
        count = 0;
        positions = 0;
    }

    private void add(StepBatch step, int row) {
        positions += step.position(row) + 1;
        int last = count - 1;
        if (last >= 0
                && rows[last] < MOST
                && firstRow[last] + rows[last] == row
                && step.cache(row) == step.cache(row - 1)
                && step.position(row) == step.position(row - 1) + 1) {
            rows[last]++;
        } else {
            firstRow[count] = row;
            rows[count++] = 1;
        }
    }

    int count() {
        return count;
    }

    /** Positions that the rows see, summed, without windows. */
    long positions() {
        return positions;
    }

    int firstRow(int block) {
        return firstRow[block];
    }

    int rows(int block) {
        return rows[block];
    }
}
