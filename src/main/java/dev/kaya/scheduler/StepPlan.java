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
    private int guesses;

    StepPlan(int maxSequences) {
        sequences = new Sequence[maxSequences];
        tokenCounts = new int[maxSequences];
    }

    void clear() {
        Arrays.fill(sequences, 0, size, null);
        size = 0;
        tokens = 0;
        nextTokens = 0;
        guesses = 0;
    }

    /** Adds a sequence with some of the tokens it needs, and with its guesses beyond them. */
    void add(Sequence sequence, int tokenCount) {
        sequences[size] = sequence;
        tokenCounts[size] = tokenCount;
        size++;
        tokens += tokenCount + sequence.guesses();
        guesses += sequence.guesses();
        nextTokens += sequence.pending() == 1 ? 1 : 0;
    }

    int size() {
        return size;
    }

    /** Tokens to compute, guesses included. */
    int tokens() {
        return tokens;
    }

    /** Of them guessed. */
    int guesses() {
        return guesses;
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

    /** Rows of the i-th sequence whose logits are wanted: the last of its rows. */
    int outputs(int i) {
        if (sequences[i].scoresPrompt()) {
            return tokenCounts[i];
        }
        return completes(i) ? 1 + sequences[i].guesses() : 0;
    }

    /** Lays the tokens of some entries out as rows. */
    void fill(StepBatch batch, int from, int to) {
        batch.clear();
        for (int i = from; i < to; i++) {
            Sequence sequence = sequences[i];
            int first = sequence.computed();
            int end = first + tokenCounts[i] + sequence.guesses();
            int firstOutput = end - outputs(i);
            for (int position = first; position < end; position++) {
                batch.add(
                        sequence.tokenAt(position),
                        position,
                        sequence.cache(),
                        position >= firstOutput);
            }
        }
    }
}
