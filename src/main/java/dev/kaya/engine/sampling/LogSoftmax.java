package dev.kaya.engine.sampling;

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
        this(logits, offset, read(logits, offset, vocabulary), top);
    }

    private static RowScan read(float[] logits, int offset, int vocabulary) {
        var row = new RowScan(vocabulary);
        row.read(logits, offset);
        return row;
    }

    /** The same of a row that was read and is sound. */
    LogSoftmax(float[] logits, int offset, RowScan row, int top) {
        this.logits = logits;
        this.offset = offset;
        normalizer = row.normalizer();
        topIds = row.likeliest(top);
        topLogprobs = new double[topIds.length];
        for (int i = 0; i < topIds.length; i++) {
            topLogprobs[i] = logprob(topIds[i]);
        }
    }

    /** Of a token, beside the likeliest ones. */
    public TokenLogprobs of(int tokenId) {
        return new TokenLogprobs(tokenId, logprob(tokenId), topIds, topLogprobs);
    }

    /** The same with a log-probability that {@link #logprob} gave while the logits stood. */
    TokenLogprobs of(int tokenId, double logprob) {
        return new TokenLogprobs(tokenId, logprob, topIds, topLogprobs);
    }

    /** The log-probability of a token. */
    double logprob(int tokenId) {
        return Math.max(TokenLogprobs.FLOOR, logits[offset + tokenId] - normalizer);
    }
}
