package dev.kaya.engine.sampling;

/**
 * How likely the model found a token, and which ones it found likeliest in its place.
 *
 * @param tokenId the token
 * @param logprob the natural logarithm of its probability
 * @param topIds the likeliest tokens, falling; of equal ones the lowest id first
 * @param topLogprobs likewise of these
 */
public record TokenLogprobs(int tokenId, double logprob, int[] topIds, double[] topLogprobs) {

    /** In place of minus infinity, for which JSON has no number. */
    public static final double FLOOR = -9999;

    public TokenLogprobs {
        if (topIds.length != topLogprobs.length) {
            throw new IllegalArgumentException(topIds.length + " ids of " + topLogprobs.length);
        }
    }
}
