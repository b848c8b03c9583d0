package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;

/**
 * Looks at all logits of a row, also those of ids that cannot be sampled: whether they are sound,
 * which are the highest, and what their exponentials sum to. Scratch is sized once; one thread's.
 */
final class RowScan {

    private static final int BLOCK = LogitBlocks.SIZE;
    private static final int CHUNK = 1_024;

    private final int vocabulary;
    private final float[] highest; // of each block
    private final float[] selection;
    private final float[] exponentials = new float[PackedMatrix.padded(CHUNK + 1)];
    private Kernels kernels = KernelProvider.scalar();
    private float[] logits = {};
    private int offset;
    private float highestOfAll;
    private int compared;

    RowScan(int vocabulary) {
        this.vocabulary = vocabulary;
        highest = new float[(vocabulary + BLOCK - 1) / BLOCK];
        selection = new float[highest.length];
    }

    void use(Kernels edition) {
        kernels = edition;
    }

    /**
     * Looks at a row, which must stay as it is while this is used.
     *
     * @param row of logits, beginning at {@code from}
     * @return whether all are numbers below infinity, and one is above minus infinity
     */
    boolean read(float[] row, int from) {
        logits = row;
        offset = from;
        kernels.highest(row, from, vocabulary, BLOCK, highest);
        highestOfAll = Float.NEGATIVE_INFINITY; // or NaN, once there was one
        for (float of : highest) {
            highestOfAll = Math.max(highestOfAll, of);
        }
        return highestOfAll > Float.NEGATIVE_INFINITY && highestOfAll < Float.POSITIVE_INFINITY;
    }

    float logit(int id) {
        return logits[offset + id];
    }

    /**
     * The logarithm of the sum of exponentials: a logit less this is a log-probability. The sum
     * runs in the order of ids, in double.
     */
    double normalizer() {
        double sum = 0;
        for (int from = 0; from < vocabulary; from += CHUNK) {
            int count = Math.min(CHUNK, vocabulary - from);
            exponentials[0] = highestOfAll; // what the kernel takes off, in every chunk
            System.arraycopy(logits, offset + from, exponentials, 1, count);
            kernels.exponentiate(exponentials, 0, count + 1, 1f);
            for (int i = 1; i <= count; i++) {
                sum += exponentials[i];
            }
        }
        return highestOfAll + StrictMath.log(sum);
    }

    /**
     * Ids of the highest logits, falling; of equal ones the lowest id first. As many blocks as ids
     * are wanted hold a logit that is no lower than the last of them, so all others are passed
     * over, but for those with one that equals it.
     */
    int[] likeliest(int most) {
        int[] ids = new int[Math.min(most, vocabulary)];
        int size = 0;
        compared = 0;
        float least = least(ids.length);
        for (int block = 0; block < highest.length && ids.length > 0; block++) {
            if (highest[block] < least) {
                continue;
            }
            int end = Math.min(vocabulary, (block + 1) * BLOCK);
            for (int id = block * BLOCK; id < end; id++) {
                compared++;
                float logit = logit(id);
                if (size < ids.length || logit > logit(ids[size - 1])) {
                    size = Math.min(ids.length, size + 1);
                    insert(ids, size - 1, id);
                }
            }
        }
        return ids;
    }

    /** What the last of so many is no lower than. */
    private float least(int count) {
        if (count == 0 || count > highest.length) {
            return Float.NEGATIVE_INFINITY;
        }
        System.arraycopy(highest, 0, selection, 0, highest.length);
        return TopK.kthHighest(selection, selection.length, count);
    }

    private void insert(int[] ids, int last, int id) {
        int at = last;
        while (at > 0 && logit(id) > logit(ids[at - 1])) {
            compared++;
            ids[at] = ids[at - 1];
            at--;
        }
        ids[at] = id;
    }

    /** Comparisons of the last {@link #likeliest}, for tests that count. */
    int compared() {
        return compared;
    }
}
