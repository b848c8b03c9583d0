package dev.kaya.scheduler;

import dev.kaya.engine.sampling.TokenHistory;

/**
 * Guesses the next tokens of a sequence without a second model: what followed the last time that
 * its last few tokens stood together (prompt look-up decoding, Saxena 2023). Guesses are computed
 * in the step of the token before them; those that sampling would have picked anyway come for the
 * price of one step.
 *
 * <p>It guesses more after success and less, or for a while nothing, after failure. Belongs to the
 * loop's thread.
 */
final class Speculation {

    /** Most guesses in a step. */
    static final int MOST = 8;

    private static final int LONGEST_NGRAM = 4;
    private static final int SHORTEST_NGRAM = 2;
    private static final int LONGEST_PAUSE = 32;

    private final int[] draft = new int[MOST];
    private int length;
    private int most = 4;
    private int pause;
    private int nextPause = 1;

    /** Guesses what follows, at most {@code limit} tokens. */
    void propose(TokenHistory history, int limit) {
        length = 0;
        if (pause > 0) {
            pause--;
            return;
        }
        for (int n = LONGEST_NGRAM; n >= SHORTEST_NGRAM && length == 0; n--) {
            int start = lastOccurrence(history.tokenIds(), history.length(), n);
            if (start >= 0) {
                copy(history, start + n, Math.min(most, limit));
            }
        }
    }

    /** Where the last {@code n} tokens stood before, the latest place; −1 for nowhere. */
    private static int lastOccurrence(int[] ids, int length, int n) {
        for (int start = length - n - 1; start >= 0; start--) {
            int i = 0;
            while (i < n && ids[start + i] == ids[length - n + i]) {
                i++;
            }
            if (i == n) {
                return start;
            }
        }
        return -1;
    }

    /** What the place runs out of is what was guessed, so that a short loop goes on. */
    private void copy(TokenHistory history, int from, int count) {
        int known = history.length() - from;
        for (int i = 0; i < count; i++) {
            draft[i] = i < known ? history.tokenIds()[from + i] : draft[i - known];
        }
        length = Math.max(0, count);
    }

    /** Takes back what was guessed. */
    void clear() {
        length = 0;
    }

    /** Tokens guessed. */
    int length() {
        return length;
    }

    /** The i-th guess. */
    int token(int i) {
        return draft[i];
    }

    /** Learns how many of the guesses were right. */
    void learn(int right) {
        if (right == length) {
            most = Math.min(MOST, 2 * most);
            nextPause = 1;
        } else {
            most = Math.max(1, right);
        }
        if (right == 0) {
            pause = nextPause;
            nextPause = Math.min(LONGEST_PAUSE, 2 * nextPause);
        }
    }
}
