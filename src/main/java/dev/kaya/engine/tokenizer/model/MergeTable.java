package dev.kaya.engine.tokenizer.model;

import java.util.Arrays;

/**
 * Which two tokens merge into which one, and how early: the lower the rank, the earlier. Filled
 * once, then only read.
 */
public final class MergeTable {

    /** The rank of two tokens that do not merge; later than every other. */
    static final int NO_MERGE = Integer.MAX_VALUE;

    /** The most merges; the largest vocabularies in use have a quarter of it. */
    public static final int LIMIT = 1 << 21;

    private final LongIntMap indexByPair = new LongIntMap(1024);
    private int[] mergedByIndex = new int[1024];
    private int[] rankByIndex = new int[1024];
    private int size;

    /** Adds the next merge. A pair that is there already moves to the new rank. */
    void add(int left, int right, int merged) {
        add(left, right, merged, size);
    }

    /**
     * Adds a merge with a rank that others may have too.
     *
     * @throws IllegalStateException when there are {@value #LIMIT} already
     */
    void add(int left, int right, int merged, int rank) {
        if (size == LIMIT) {
            throw new IllegalStateException("more than " + LIMIT + " merges");
        }
        if (size == mergedByIndex.length) {
            mergedByIndex = Arrays.copyOf(mergedByIndex, size * 2);
            rankByIndex = Arrays.copyOf(rankByIndex, size * 2);
        }
        mergedByIndex[size] = merged;
        rankByIndex[size] = rank;
        indexByPair.put(pair(left, right), size);
        size++;
    }

    /** The rank of a pair of token ids, or {@link #NO_MERGE}. */
    int rank(int left, int right) {
        int index = indexByPair.get(pair(left, right));
        return index == LongIntMap.ABSENT ? NO_MERGE : rankByIndex[index];
    }

    /** The token id that a pair makes, which must have a rank. */
    int merged(int left, int right) {
        return mergedByIndex[indexByPair.get(pair(left, right))];
    }

    /** The token id that the merge of an index makes, in the order in which they were added. */
    public int mergedAt(int index) {
        return mergedByIndex[index];
    }

    public int size() {
        return size;
    }

    private static long pair(int left, int right) {
        return (long) left << Integer.SIZE | right;
    }
}
