package dev.kaya.scheduler;

import dev.kaya.engine.model.StepBatch;
import java.util.Arrays;

/**
 * Who computes how many tokens in a step. There is no prefill and no decode, only tokens that have
 * no keys and values yet. Filled anew for every step; belongs to the loop's thread.
 *
 * <p>What a step does for a sequence is worked out once, when it is planned, and stored: its rows
 * are laid out, handed out and counted later, when the sequence, or another of its request, may
 * have moved on.
 */
final class BatchPlan {

    private final Sequence[] sequences;
    private final int[] positions;
    private final int[] tokenCounts;
    private final int[] guesses;
    private final int[] outputs;
    private final boolean[] completes;
    private final boolean[] scores;
    private int size;
    private int tokens;
    private int nextTokens;
    private int allGuesses;

    BatchPlan(int maxSequences) {
        sequences = new Sequence[maxSequences];
        positions = new int[maxSequences];
        tokenCounts = new int[maxSequences];
        guesses = new int[maxSequences];
        outputs = new int[maxSequences];
        completes = new boolean[maxSequences];
        scores = new boolean[maxSequences];
    }

    void clear() {
        Arrays.fill(sequences, 0, size, null);
        size = 0;
        tokens = 0;
        nextTokens = 0;
        allGuesses = 0;
    }

    /** Adds a sequence with some of the tokens it needs, and with its guesses beyond them. */
    void add(Sequence sequence, int tokenCount) {
        int pending = sequence.pending();
        int ahead = sequence.guesses();
        sequences[size] = sequence;
        positions[size] = sequence.computed();
        tokenCounts[size] = tokenCount;
        guesses[size] = ahead;
        completes[size] = tokenCount == pending;
        scores[size] = sequence.scoresPrompt();
        int wanted = scores[size] ? tokenCount : completes[size] ? 1 : 0;
        outputs[size] = wanted + ahead;
        size++;
        tokens += tokenCount + ahead;
        allGuesses += ahead;
        nextTokens += pending == 1 ? 1 : 0;
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
        return allGuesses;
    }

    /** Sequences that take part for the one token they need. */
    int nextTokens() {
        return nextTokens;
    }

    Sequence sequence(int i) {
        return sequences[i];
    }

    /** Tokens of the i-th sequence to compute, without its guesses. */
    int tokenCount(int i) {
        return tokenCounts[i];
    }

    /** Tokens guessed for the i-th sequence. */
    int guesses(int i) {
        return guesses[i];
    }

    /**
     * Whether the step brings the i-th sequence to the end of its window, and so to a new token.
     */
    boolean completes(int i) {
        return completes[i];
    }

    /**
     * Whether the step's tokens of the i-th sequence are of its prompt, and score the next ones.
     */
    boolean scores(int i) {
        return scores[i];
    }

    /** Rows of the i-th sequence whose logits are wanted: the last of its rows. */
    int outputs(int i) {
        return outputs[i];
    }

    /** Lays the tokens of some entries out as rows. */
    void fill(StepBatch batch, int from, int to) {
        batch.clear();
        for (int i = from; i < to; i++) {
            Sequence sequence = sequences[i];
            int first = positions[i];
            int end = first + tokenCounts[i] + guesses[i];
            int firstOutput = end - outputs[i];
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
