package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.Rows;

/**
 * The rows that a product reads, and where the chains of one panel are taken from and left, block
 * of inputs after block. Memory of one thread, filled again and again.
 */
final class RowBlock {

    /** Chains of row r begin at {@code at + r·stride}. */
    private static final class Place {
        private float[] data = {};
        private int at;
        private int stride;

        private void set(float[] data, int at, int stride) {
            this.data = data;
            this.at = at;
            this.stride = stride;
        }
    }

    /** Row r begins at {@code xAt + r·xStride}. */
    float[] x = {};

    int xAt;
    int xStride;

    /** The chains so far of row r, for the outputs of one panel: {@code fromAt + r·fromStride}. */
    float[] from = {};

    int fromAt;
    int fromStride;

    /** Where they go, which may be where they are: {@code yAt + r·yStride}. */
    float[] y = {};

    int yAt;
    int yStride;

    int rows;

    private boolean moving;
    private boolean beginsElsewhere;
    private boolean endsElsewhere;
    private final Place first = new Place();
    private final Place between = new Place();
    private final Place last = new Place();

    /** Reads {@code count} rows from {@code firstRow} on. */
    void take(Rows source, int firstRow, int count) {
        take(source.data(), source.at(firstRow), source.stride(), count);
    }

    /** Reads {@code count} rows. */
    void take(float[] source, int at, int stride, int count) {
        x = source;
        xAt = at;
        xStride = stride;
        rows = count;
    }

    /** Continues the chains that stand there. */
    void into(float[] chains, int at, int stride) {
        first.set(chains, at, stride);
        between.set(chains, at, stride);
        last.set(chains, at, stride);
        beginsElsewhere = false;
        endsElsewhere = false;
        pass(true, true);
    }

    /** Takes chains from another place before the first block of inputs; a stride may be 0. */
    void beginAt(float[] chains, int at, int stride) {
        first.set(chains, at, stride);
        beginsElsewhere = true;
    }

    /** Leaves chains at another place after the last block of inputs. */
    void endAt(float[] chains, int at, int stride) {
        last.set(chains, at, stride);
        endsElsewhere = true;
    }

    /** Turns to a block of inputs. */
    void pass(boolean isFirst, boolean isLast) {
        Place source = isFirst ? first : between;
        Place target = isLast ? last : between;
        from = source.data;
        fromAt = source.at;
        fromStride = source.stride;
        y = target.data;
        yAt = target.at;
        yStride = target.stride;
        moving = (isFirst && beginsElsewhere) || (isLast && endsElsewhere);
    }

    /** Moves some rows' chains to where they go, for kernels that continue them in place. */
    void carry(int firstRow, int count, int width) {
        for (int row = firstRow; moving && row < firstRow + count; row++) {
            System.arraycopy(from, fromAt + row * fromStride, y, yAt + row * yStride, width);
        }
    }

    /**
     * Moves all chains from where they begin to where they stand between, for kernels that continue
     * them in place over all inputs. Where they end, another thread may be writing to the same
     * cache lines, so that reading there would wait.
     */
    void enter(int width) {
        pass(true, false);
        carry(0, rows, width);
    }

    /** Moves all chains from where they stand between to where they end. */
    void leave(int width) {
        pass(false, true);
        carry(0, rows, width);
    }
}
