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
            siftDown(candidates.weights(), 0, size);
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
            siftDown(candidates.weights(), i, size);
        }
        return size;
    }

    private void siftDown(double[] weights, int root, int size) {
        int parent = root;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && before(weights, heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(weights, heap[child], heap[parent])) {
                return;
            }
            int swap = heap[child];
            heap[child] = heap[parent];
            heap[parent] = swap;
            parent = child;
        }
    }

    private static boolean before(double[] weights, int a, int b) {
        return weights[a] > weights[b] || (weights[a] == weights[b] && a < b);
    }
}
