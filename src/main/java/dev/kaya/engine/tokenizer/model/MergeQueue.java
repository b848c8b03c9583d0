package dev.kaya.engine.tokenizer.model;

import java.util.Arrays;

/**
 * Possible merges of one word, the lowest rank first and the leftmost first among equals: a binary
 * heap of (rank, position) packed into longs. Not thread-safe.
 */
final class MergeQueue {

    private long[] heap = new long[0];
    private int size;

    /** Empties the queue and makes room for {@code capacity} entries. */
    void clear(int capacity) {
        size = 0;
        if (heap.length < capacity) {
            heap = new long[capacity];
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(int rank, int position) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, Math.max(16, size * 2));
        }
        long entry = (long) rank << Integer.SIZE | position;
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent] <= entry) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = entry;
    }

    /** Takes the first entry; {@link #rank} and {@link #position} take it apart. */
    long take() {
        long first = heap[0];
        long last = heap[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return first;
    }

    static int rank(long entry) {
        return (int) (entry >>> Integer.SIZE);
    }

    static int position(long entry) {
        return (int) entry;
    }
}
