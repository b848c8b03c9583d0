package dev.kaya.engine.sampling;

/**
 * Keeps the smallest set of tokens, by falling probability, whose sum reaches p (nucleus sampling,
 * Holtzman et al. 2020). Of equal probabilities the lower id counts first; at least one stays.
 *
 * <p>A heap gives the likeliest one after the other, so that a peaked distribution over a large
 * vocabulary costs little more than one pass.
 */
final class TopP {

    private final int[] heap;
    private final boolean[] kept;

    /**
     * @param vocabulary most candidates
     */
    TopP(int vocabulary) {
        heap = new int[vocabulary];
        kept = new boolean[vocabulary];
    }

    /**
     * @param p above 0; 1 keeps all
     */
    void apply(Candidates candidates, double p) {
        if (p >= 1) {
            return;
        }
        double target = p * Softmax.weigh(candidates);
        int size = heapify(candidates);
        double reached = 0;
        for (boolean first = true; size > 0 && (first || reached < target); first = false) {
            int likeliest = heap[0];
            kept[likeliest] = true;
            reached += candidates.weights()[likeliest];
            heap[0] = heap[--size];
            siftDown(candidates.scores(), 0, size);
        }
        int position = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (kept[i]) {
                kept[i] = false;
                candidates.keep(i, position++);
            }
        }
        candidates.truncate(position);
    }

    private int heapify(Candidates candidates) {
        int size = candidates.size();
        for (int i = 0; i < size; i++) {
            heap[i] = i;
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(candidates.scores(), i, size);
        }
        return size;
    }

    private void siftDown(float[] scores, int root, int size) {
        int parent = root;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && before(scores, heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(scores, heap[child], heap[parent])) {
                return;
            }
            int swap = heap[child];
            heap[child] = heap[parent];
            heap[parent] = swap;
            parent = child;
        }
    }

    /** By scores, because two of them may round to the same probability. */
    private static boolean before(float[] scores, int a, int b) {
        return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
    }
}
