package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;

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
    private float[] logits = {};
    private int offset;

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

    /** How many ids, with those that do not count. */
    int vocabulary() {
        return allowed.length;
    }

    /** How many blocks. */
    int count() {
        return highest.length;
    }

    /**
     * Looks at logits, which must stay as they are while this is used.
     *
     * @param logits of the vocabulary, beginning at {@code offset}
     * @return whether all are numbers below infinity, also of ids that do not count
     */
    boolean read(float[] logits, int offset) {
        this.logits = logits;
        this.offset = offset;
        kernels.highest(logits, offset, allowed.length, SIZE, highest);
        float all = Float.NEGATIVE_INFINITY; // or NaN, once there was one
        for (int block = 0; block < highest.length; block++) {
            all = Math.max(all, highest[block]);
            if (!whole[block]) {
                highest[block] = highestAllowed(block);
            }
        }
        return all < Float.POSITIVE_INFINITY;
    }

    private float highestAllowed(int block) {
        float found = Float.NEGATIVE_INFINITY;
        for (int id = block * SIZE; id < end(block); id++) {
            found = allowed[id] ? Math.max(found, logit(id)) : found;
        }
        return found;
    }

    private int end(int block) {
        return Math.min(allowed.length, (block + 1) * SIZE);
    }

    /** The logit of an id. */
    float logit(int id) {
        return logits[offset + id];
    }

    /**
     * The first id that counts and whose logit is above another, from an id on; the size of the
     * vocabulary when there is none.
     */
    int next(int from, float above) {
        int id = from;
        while (id < allowed.length) {
            int end = end(id / SIZE);
            if (!(highest[id / SIZE] <= above)) {
                for (; id < end; id++) {
                    if (logit(id) > above && allowed[id]) {
                        return id;
                    }
                }
            }
            id = end;
        }
        return id;
    }

    /**
     * Makes all ids that count and whose logit is above another the candidates. These may be the
     * whole vocabulary, with which a draw took 0.26 ms by {@link #next} and takes 0.15 ms so.
     */
    void gather(float above, Candidates candidates) {
        candidates.clear();
        for (int block = 0; block < highest.length; block++) {
            int end = highest[block] <= above ? 0 : end(block);
            for (int id = block * SIZE; id < end; id++) {
                float logit = logit(id);
                if (logit > above && allowed[id]) {
                    candidates.add(id, logit);
                }
            }
        }
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
