package dev.kaya.engine.sampling;

/**
 * Keeps the k highest scores and those tied with the k-th (Fan et al. 2018; ties as Hugging Face's
 * {@code TopKLogitsWarper} and nanoGPT keep them).
 *
 * <p>The k-th score is found by quickselect, in time linear in the vocabulary, without a sort.
 */
final class TopK {

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
