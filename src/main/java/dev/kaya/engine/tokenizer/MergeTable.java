package dev.kaya.engine.tokenizer;

import java.util.Arrays;

/**
 * Which two tokens merge into which one, and how early: the lower the rank, the earlier. Filled by
 * {@link BpeVocabularyBuilder}, then only read.
 */
final class MergeTable {

    /** The rank of two tokens that do not merge; later than every other. */
    static final int NO_MERGE = Integer.MAX_VALUE;

    private final LongIntMap rankByPair = new LongIntMap(1024);
    private int[] mergedByRank = new int[1024];
    private int size;

    /** Adds the next merge. A pair that is there already moves to the new rank. */
    void add(int left, int right, int merged) {
        if (size == mergedByRank.length) {
            mergedByRank = Arrays.copyOf(mergedByRank, size * 2);
        }
        mergedByRank[size] = merged;
        rankByPair.put(pair(left, right), size);
        size++;
    }

    /** The rank of a pair of token ids, or {@link #NO_MERGE}. */
    int rank(int left, int right) {
        int rank = rankByPair.get(pair(left, right));
        return rank == LongIntMap.ABSENT ? NO_MERGE : rank;
    }

    /** The token id that the merge of a rank makes. */
    int merged(int rank) {
        return mergedByRank[rank];
    }

    int size() {
        return size;
    }

    private static long pair(int left, int right) {
        return (long) left << Integer.SIZE | right;
    }
}
