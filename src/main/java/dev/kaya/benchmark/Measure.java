package dev.kaya.benchmark;

/**
 * The best repetition of one measure.
 *
 * @param tokens that count
 * @param seconds they took
 * @param bytes of weights read
 * @param flops operations of products and attention, two for each multiply-add
 * @param limitSeconds the least that the roofline allows, every step at the limit that binds it
 * @param limit which one binds most of that time
 */
public record Measure(
        long tokens, double seconds, double bytes, double flops, double limitSeconds, Limit limit) {

    /** What keeps a machine from computing faster. */
    public enum Limit {
        /** Reading weights from memory. */
        MEMORY,
        /** Multiply-adds. */
        ARITHMETIC
    }

    /** Tokens in a second. */
    public double tokensPerSecond() {
        return tokens / seconds;
    }

    /** Weights read, in 10^9 bytes a second. */
    public double gigabytesPerSecond() {
        return bytes / seconds / 1e9;
    }

    /** Operations, in 10^9 a second. */
    public double gigaflopsPerSecond() {
        return flops / seconds / 1e9;
    }

    /** Share of the roofline; above 1 when weights stay in the caches. */
    public double rooflineShare() {
        return limitSeconds / seconds;
    }
}
