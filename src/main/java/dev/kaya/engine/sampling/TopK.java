package dev.kaya.engine.sampling;

/**
 * Keeps the k highest scores and those tied with the k-th (Fan et al. 2018; ties as Hugging Face's
 * {@code TopKLogitsWarper} and nanoGPT keep them).
 *
 * <p>Most of a large vocabulary is left out beforehand by {@link #bound}. Among the rest the k-th
 * score is found by quickselect, in time linear in their number, without a sort.
 */
final class TopK {

    /** For more than these the pass would move too much. */
    private static final int MOST_BEST = 4_096;

    /** Wider than what division by the temperature rounds together. */
    private static final float MARGIN = 0x1p-20f;

    private static final float LEAST_MARGIN = 1e-30f;

    private final float[] best = new float[MOST_BEST]; // a heap, the lowest first

    /**
     * A logit that the k highest, and all that a division could tie with them, are above.
     *
     * @param blocks of the logits
     * @param k how many; 0 for all
     * @return minus infinity when nothing can be left out so
     */
    float bound(LogitBlocks blocks, int k) {
        if (k == 0 || k > MOST_BEST) {
            return Float.NEGATIVE_INFINITY;
        }
        float lowest = k <= blocks.count() ? blocks.reachedBy(k) : lowestOfBest(blocks, k);
        return lowest - Math.max(LEAST_MARGIN, Math.abs(lowest) * MARGIN);
    }

    /** One pass that compares each logit with the lowest of the best so far. */
    private float lowestOfBest(LogitBlocks blocks, int k) {
        int size = 0;
        float lowest = Float.NEGATIVE_INFINITY; // of the best, once there are k
        int end = blocks.vocabulary();
        for (int id = blocks.next(0, lowest); id < end; id = blocks.next(id + 1, lowest)) {
            if (size < k) {
                add(size++, blocks.logit(id));
            } else {
                replaceLowest(size, blocks.logit(id));
            }
            lowest = size < k ? Float.NEGATIVE_INFINITY : best[0];
        }
        return lowest;
    }

    private void add(int size, float logit) {
        int child = size;
        while (child > 0 && logit < best[(child - 1) / 2]) {
            best[child] = best[(child - 1) / 2];
            child = (child - 1) / 2;
        }
        best[child] = logit;
    }

    private void replaceLowest(int size, float logit) {
        int parent = 0;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && best[child + 1] < best[child]) {
                child++;
            }
            if (best[child] >= logit) {
                break;
            }
            best[parent] = best[child];
            parent = child;
        }
        best[parent] = logit;
    }

    /**
     * @param k how many stay; 0 keeps all
     */
    void apply(Candidates candidates, int k) {
        int size = candidates.size();
        if (k == 0 || k >= size) {
            return;
        }
        float[] selection = candidates.selection();
        System.arraycopy(candidates.scores(), 0, selection, 0, size);
        float threshold = kthHighest(selection, size, k);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (candidates.score(i) >= threshold) {
                candidates.keep(i, kept++);
            }
        }
        candidates.truncate(kept);
    }

    /** Hoare's selection with a median-of-three pivot; {@code x} is reordered. */
    static float kthHighest(float[] x, int size, int k) {
        int low = 0;
        int high = size - 1;
        int wanted = k - 1;
        while (low < high) {
            float pivot = medianOfThree(x[low], x[(low + high) >>> 1], x[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (x[i] > pivot) {
                    i++;
                }
                while (x[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    float swap = x[i];
                    x[i++] = x[j];
                    x[j--] = swap;
                }
            }
            if (wanted <= j) {
                high = j;
            } else if (wanted >= i) {
                low = i;
            } else {
                return x[wanted];
            }
        }
        return x[wanted];
    }

    private static float medianOfThree(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }
}
