package dev.kaya.scheduler;

import dev.kaya.engine.model.StepBatch;
import java.util.Arrays;

/**
 * Who computes how many tokens in a step. There is no prefill and no decode, only tokens that have
 * no keys and values yet. Filled anew for every step; belongs to the loop's thread.
 */
final class StepPlan {

    private final Sequence[] sequences;
    private final int[] tokenCounts;
    private int size;
    private int tokens;
    private int nextTokens;

    StepPlan(int maxSequences) {
        sequences = new Sequence[maxSequences];
        tokenCounts = new int[maxSequences];
    }

    void clear() {
        Arrays.fill(sequences, 0, size, null);
        size = 0;
        tokens = 0;
        nextTokens = 0;
    }

    void add(Sequence sequence, int tokenCount) {
        sequences[size] = sequence;
        tokenCounts[size] = tokenCount;
        size++;
        tokens += tokenCount;
        nextTokens += sequence.pending() == 1 ? 1 : 0;
    }

    int size() {
        return size;
    }

    int tokens() {
        return tokens;
    }

    /** Sequences that take part for the one token they need. */
    int nextTokens() {
        return nextTokens;
    }

    Sequence sequence(int i) {
        return sequences[i];
    }

    int tokenCount(int i) {
        return tokenCounts[i];
    }

    /**
     * Whether the step brings the i-th sequence to the end of its window, and so to a new token.
     */
    boolean completes(int i) {
        return tokenCounts[i] == sequences[i].pending();
    }

    /** Lays the tokens of some entries out as rows. */
    void fill(StepBatch batch, int from, int to) {
        batch.clear();
        for (int i = from; i < to; i++) {
            Sequence sequence = sequences[i];
            int first = sequence.computed();
            int last = first + tokenCounts[i] - 1;
            boolean completes = completes(i);
            for (int position = first; position <= last; position++) {
                batch.add(
                        sequence.tokenAt(position),
                        position,
                        sequence.cache(),
                        completes && position == last);
            }
        }
    }
}
