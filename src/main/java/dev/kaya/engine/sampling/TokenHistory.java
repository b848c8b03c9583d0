package dev.kaya.engine.sampling;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a sequence so far: its prompt, then what was generated, and how far that has come
 * under a constraint. One thread's.
 */
public final class TokenHistory {

    private static final int FIRST_ROOM = 64;

    private final TokenConstraint.@Nullable State constraint;
    private final int promptLength;
    private int[] tokenIds;
    private int length;
    private @Nullable TokenTally seen;
    private @Nullable TokenTally written;
    private @Nullable NgramIndex ngrams;

    /**
     * @param prompt whose tokens are copied
     */
    public TokenHistory(int[] prompt) {
        this(prompt, null);
    }

    /**
     * @param prompt whose tokens are copied
     * @param constraint of what is generated; null for none
     */
    public TokenHistory(int[] prompt, @Nullable TokenConstraint constraint) {
        this.constraint = constraint == null ? null : constraint.begin();
        promptLength = prompt.length;
        tokenIds = Arrays.copyOf(prompt, prompt.length + FIRST_ROOM);
        length = prompt.length;
    }

    /** Adds a generated token. */
    public void append(int tokenId) {
        if (constraint != null) {
            constraint.advance(tokenId);
        }
        if (length == tokenIds.length) {
            tokenIds = Arrays.copyOf(tokenIds, length + length / 2);
        }
        tokenIds[length++] = tokenId;
    }

    /** Becomes what another history of the same prompt is; neither is under a constraint. */
    public void copyFrom(TokenHistory other) {
        if (tokenIds.length < other.length) {
            tokenIds = new int[other.tokenIds.length];
        }
        System.arraycopy(other.tokenIds, 0, tokenIds, 0, other.length);
        length = other.length;
        seen = other.seen == null ? null : other.seen.copy();
        written = other.written == null ? null : other.written.copy();
        ngrams = other.ngrams == null ? null : other.ngrams.copy();
    }

    /**
     * Which tokens there are.
     *
     * @param window how many of the last tokens count, 0 for all; others than the time before are
     *     counted anew
     */
    TokenTally seen(int window) {
        if (seen == null || seen.window() != window) {
            seen = new TokenTally(0, window);
        }
        seen.catchUp(tokenIds, length);
        return seen;
    }

    /** Which tokens were generated, and how often. */
    TokenTally written() {
        if (written == null) {
            written = new TokenTally(promptLength, 0);
        }
        written.catchUp(tokenIds, length);
        return written;
    }

    /**
     * What followed the last tokens before.
     *
     * @param size of runs that are looked for; for another than the time before all are read anew
     */
    NgramIndex ngrams(int size) {
        if (ngrams == null || ngrams.size() != size) {
            ngrams = new NgramIndex(size);
        }
        ngrams.catchUp(tokenIds, length);
        return ngrams;
    }

    /** How far the text has come under its constraint; null when it has none. */
    public TokenConstraint.@Nullable State constraint() {
        return constraint;
    }

    /** The tokens, the first {@link #length} of this array, which is the history's own. */
    public int[] tokenIds() {
        return tokenIds;
    }

    /** Tokens in all. */
    public int length() {
        return length;
    }

    /** Tokens of the prompt. */
    public int promptLength() {
        return promptLength;
    }

    /** Tokens generated. */
    public int generated() {
        return length - promptLength;
    }
}
