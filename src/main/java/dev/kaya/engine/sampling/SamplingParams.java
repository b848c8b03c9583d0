package dev.kaya.engine.sampling;

/**
 * How the next token is picked.
 *
 * @param temperature logits are divided by it; 0 takes the likeliest token
 * @param topK how many of the likeliest tokens stay, those tied with the last included; 0 keeps all
 * @param topP the smallest set by falling probability whose sum reaches this stays; 1 keeps all
 * @param seed where the random numbers come from
 */
public record SamplingParams(float temperature, int topK, double topP, long seed) {

    public SamplingParams {
        if (!(temperature >= 0 && temperature <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("temperature " + temperature);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top_k " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top_p " + topP);
        }
    }
}
