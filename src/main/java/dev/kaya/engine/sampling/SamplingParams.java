package dev.kaya.engine.sampling;

/**
 * How the next token is picked.
 *
 * @param temperature logits are divided by it; 0 takes the likeliest token
 * @param filters which tokens stay
 * @param penalties how the tokens so far count
 * @param ends which tokens end a text, and from when on
 * @param seed where the random numbers come from
 */
public record SamplingParams(
        float temperature, Filters filters, Penalties penalties, Ends ends, long seed) {

    public SamplingParams {
        if (!(temperature >= 0 && temperature <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("temperature " + temperature);
        }
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

        boolean wait(int generated) {
            return generated < minNewTokens && tokenIds.length > 0;
        }
    }
}
