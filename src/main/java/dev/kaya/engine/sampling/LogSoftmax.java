package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.ScalarMath;

/**
 * Log-probabilities of the model's raw logits, before bias, penalties, temperature and filters.
 * Sums run in the order of token ids, in double.
 */
public final class LogSoftmax {

    private final float[] logits;
    private final int offset;
    private final double normalizer;
    private final int[] topIds;
    private final double[] topLogprobs;

    /**
     * Looks at the logits of one position, which must stay as they are while this is used.
     *
     * @param logits of the vocabulary, beginning at {@code offset}, none of them a fault
     * @param vocabulary how many
     * @param top how many of the likeliest tokens to tell
     */
    public LogSoftmax(float[] logits, int offset, int vocabulary, int top) {
        this.logits = logits;
        this.offset = offset;
        normalizer = normalizer(logits, offset, vocabulary);
        topIds = likeliest(Math.min(top, vocabulary), vocabulary);
        topLogprobs = new double[topIds.length];
        for (int i = 0; i < topIds.length; i++) {
            topLogprobs[i] = logprob(topIds[i]);
        }
    }

    /** Of a token, beside the likeliest ones. */
    public TokenLogprobs of(int tokenId) {
        return new TokenLogprobs(tokenId, logprob(tokenId), topIds, topLogprobs);
    }

    private double logprob(int tokenId) {
        return Math.max(TokenLogprobs.FLOOR, logits[offset + tokenId] - normalizer);
    }

    /** The logarithm of the sum of exponentials: a logit less this is a log-probability. */
    static double normalizer(float[] logits, int offset, int vocabulary) {
        float highest = ScalarMath.highest(logits, offset, offset + vocabulary);
        double sum = 0;
        for (int id = 0; id < vocabulary; id++) {
            sum += ScalarMath.exp(logits[offset + id] - highest);
        }
        return highest + StrictMath.log(sum);
    }

    /** Ids of the highest logits, falling, kept sorted while all are looked at once. */
    private int[] likeliest(int count, int vocabulary) {
        int[] ids = new int[count];
        int size = 0;
        for (int id = 0; id < vocabulary && count > 0; id++) {
            float logit = logits[offset + id];
            if (size == count && !(logit > logits[offset + ids[size - 1]])) {
                continue;
            }
            int at = size < count ? size++ : size - 1;
            while (at > 0 && logit > logits[offset + ids[at - 1]]) {
                ids[at] = ids[at - 1];
                at--;
            }
            ids[at] = id;
        }
        return ids;
    }
}
