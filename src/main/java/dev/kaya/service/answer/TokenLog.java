package dev.kaya.service.answer;

import dev.kaya.engine.sampling.TokenLogprobs;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens with their log-probabilities, in arrays: four bytes a token, and eight with its
 * log-probability, and twelve for each alternative. One thread's.
 */
final class TokenLog {

    private static final int FIRST = 16;

    private final int most;
    private int count;
    private int[] ids = {};
    private double[] logprobs = {};
    private int alternatives;
    private int[] topIds = {};
    private double[] topLogprobs = {};

    /**
     * @param most tokens that it will ever hold, so that it grows no larger
     */
    TokenLog(int most) {
        this.most = most;
    }

    /**
     * Bytes of so many tokens, their alternatives being so many, or −1 without log-probabilities.
     */
    static long bytes(long tokens, int alternatives) {
        long scores = alternatives < 0 ? 0 : Double.BYTES + 12L * alternatives;
        return tokens * (Integer.BYTES + scores);
    }

    int size() {
        return count;
    }

    /** Adds a token without its log-probability. */
    void add(int id) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, grown());
        }
        ids[count++] = id;
    }

    /** Adds a token with its log-probability; all or none have one. */
    void add(TokenLogprobs token) {
        if (logprobs.length == count) {
            alternatives = token.topIds().length;
            logprobs = Arrays.copyOf(logprobs, grown());
            topIds = Arrays.copyOf(topIds, logprobs.length * alternatives);
            topLogprobs = Arrays.copyOf(topLogprobs, topIds.length);
        }
        logprobs[count] = token.logprob();
        System.arraycopy(token.topIds(), 0, topIds, count * alternatives, alternatives);
        System.arraycopy(token.topLogprobs(), 0, topLogprobs, count * alternatives, alternatives);
        add(token.tokenId());
    }

    private int grown() {
        return Math.max(count + 1, Math.min(most, Math.max(FIRST, count + count / 2)));
    }

    int id(int i) {
        return ids[i];
    }

    /** A token's log-probability with its alternatives, made anew. */
    TokenLogprobs logprobs(int i) {
        int from = i * alternatives;
        return new TokenLogprobs(
                ids[i],
                logprobs[i],
                Arrays.copyOfRange(topIds, from, from + alternatives),
                Arrays.copyOfRange(topLogprobs, from, from + alternatives));
    }

    /** The ids so far, boxed one by one as they are asked for. */
    List<Integer> ids() {
        return new IndexedList<>(count, i -> ids[i]);
    }

    /** The log-probabilities so far, made one by one as they are asked for. */
    List<TokenLogprobs> logprobs() {
        return new IndexedList<>(count, this::logprobs);
    }
}
