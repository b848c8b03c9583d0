package dev.kaya.engine.sampling;

import org.jspecify.annotations.Nullable;

/**
 * How the next token is picked.
 *
 * @param temperature logits are divided by it; 0 takes the likeliest token
 * @param filters which tokens stay
 * @param penalties how the tokens so far count
 * @param ends which tokens end a text, and from when on
 * @param seed where the random numbers come from
 * @param constraint what the text must look like, whatever else is asked for; null for anything
 */
public record SamplingParams(
        float temperature,
        Filters filters,
        Penalties penalties,
        Ends ends,
        long seed,
        @Nullable TokenConstraint constraint) {

    public SamplingParams {
        if (!(temperature >= 0 && temperature <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("temperature " + temperature);
        }
    }

    /** Of any text. */
    public SamplingParams(
            float temperature, Filters filters, Penalties penalties, Ends ends, long seed) {
        this(temperature, filters, penalties, ends, seed, null);
    }

    /** The same for texts that meet a constraint; null for any text. */
    public SamplingParams within(@Nullable TokenConstraint limit) {
        return new SamplingParams(temperature, filters, penalties, ends, seed, limit);
    }

    /** The likeliest token each time. */
    public static final SamplingParams GREEDY = of(0, Filters.NONE, 0);

    /** Without penalties. */
    public static SamplingParams of(float temperature, Filters filters, long seed) {
        return new SamplingParams(temperature, filters, Penalties.NONE, Ends.ANY_TIME, seed);
    }

    /**
     * Tokens that end a text are not picked before it has some length.
     *
     * @param minNewTokens tokens that must have been generated
     * @param tokenIds that wait for it
     */
    public record Ends(int minNewTokens, int[] tokenIds) {

        /** Nothing waits. */
        public static final Ends ANY_TIME = new Ends(0, new int[0]);

        public Ends {
            if (minNewTokens < 0) {
                throw new IllegalArgumentException("min_new_tokens " + minNewTokens);
            }
            tokenIds = tokenIds.clone();
        }

        boolean forbiddenAt(int generated) {
            return generated < minNewTokens && tokenIds.length > 0;
        }
    }
}
