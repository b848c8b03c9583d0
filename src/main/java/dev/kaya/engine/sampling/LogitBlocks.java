package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.KernelProvider;
import dev.kaya.engine.tensor.Kernels;

/**
 * Logits in blocks of {@value #SIZE} ids and the highest of each, by which whatever looks for high
 * logits passes most of a large vocabulary over. One thread's.
 */
final class LogitBlocks {

    static final int SIZE = 128;

    private final boolean[] allowed;
    private final boolean[] whole;
    private final float[] highest;
    private final float[] selection;
    private Kernels kernels = KernelProvider.scalar();

    /**
     * @param allowed for every id, whether it counts
     */
    LogitBlocks(boolean[] allowed) {
        this.allowed = allowed;
        int count = (allowed.length + SIZE - 1) / SIZE;
        highest = new float[count];
        selection = new float[count];
        whole = new boolean[count];
        for (int block = 0; block < count; block++) {
            whole[block] = true;
            for (int id = block * SIZE; id < end(block); id++) {
                whole[block] &= allowed[id];
            }
        }
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /** How many. */
    int count() {
        return highest.length;
    }

    /** The id after a block's last; its first is {@code block · SIZE}. */
    int end(int block) {
        return Math.min(allowed.length, (block + 1) * SIZE);
    }

    /** The highest logit of a block, of those that count. */
    float highest(int block) {
        return highest[block];
    }

    /**
     * Looks at logits.
     *
     * @param logits of the vocabulary, beginning at {@code offset}
     * @return whether all are numbers below infinity, also of ids that do not count
     */
    boolean read(float[] logits, int offset) {
        kernels.highest(logits, offset, allowed.length, SIZE, highest);
        float all = Float.NEGATIVE_INFINITY; // or no number, once there was none
        for (int block = 0; block < highest.length; block++) {
            all = Math.max(all, highest[block]);
            if (!whole[block]) {
                highest[block] = highestAllowed(logits, offset, block);
            }
        }
        return all < Float.POSITIVE_INFINITY;
    }

    private float highestAllowed(float[] logits, int offset, int block) {
        float found = Float.NEGATIVE_INFINITY;
        for (int id = block * SIZE; id < end(block); id++) {
            found = allowed[id] ? Math.max(found, logits[offset + id]) : found;
        }
        return found;
    }

    /**
     * A logit that at least k reach: the k-th highest of the blocks' highest.
     *
     * @param k at most {@link #count()}
     */
    float reachedBy(int k) {
        System.arraycopy(highest, 0, selection, 0, highest.length);
        return TopK.kthHighest(selection, selection.length, k);
    }
}
