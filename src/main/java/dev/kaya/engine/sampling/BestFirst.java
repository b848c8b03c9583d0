package dev.kaya.engine.sampling;

/**
 * Gives indexes by falling score, of equal ones the lower index first: a heap, so that the first
 * few of a large vocabulary cost little more than one pass. Made once for a vocabulary; one
 * thread's.
 */
final class BestFirst {

    private final int[] heap;
    private float[] scores = {};
    private int size;

    /**
     * @param vocabulary most scores
     */
    BestFirst(int vocabulary) {
        heap = new int[vocabulary];
    }

    /** Begins anew with the first {@code count} scores, which must not change meanwhile. */
    void begin(float[] scores, int count) {
        this.scores = scores;
        size = count;
        for (int i = 0; i < count; i++) {
            heap[i] = i;
        }
        heapify();
    }

    /** The same without those whose weight is below {@code least}. */
    void begin(float[] scores, double[] weights, double least, int count) {
        this.scores = scores;
        size = 0;
        for (int i = 0; i < count; i++) {
            if (weights[i] >= least) {
                heap[size++] = i;
            }
        }
        heapify();
    }

    private void heapify() {
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    boolean hasNext() {
        return size > 0;
    }

    /** The index of the highest score that is left. */
    int next() {
        int best = heap[0];
        heap[0] = heap[--size];
        siftDown(0);
        return best;
    }

    private void siftDown(int root) {
        int parent = root;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], heap[parent])) {
                return;
            }
            int swap = heap[child];
            heap[child] = heap[parent];
            heap[parent] = swap;
            parent = child;
        }
    }

    private boolean before(int a, int b) {
        return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
    }
}
