package dev.kaya.engine.sampling;

/**
 * Random numbers without state: each is a function of (seed, sample, position) alone, so that a
 * draw can be repeated whatever was drawn before it.
 *
 * <p>The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
 */
public final class Randomness {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1.0p-53;

    private Randomness() {}

    /**
     * A number in [0, 1).
     *
     * @param seed the request's
     * @param sample which of its samples, from 0
     * @param position which of the sample's tokens, from 0
     */
    public static double uniform(long seed, int sample, int position) {
        long bits = mix(seed + GOLDEN_GAMMA);
        bits = mix(bits + GOLDEN_GAMMA * (sample + 1L));
        bits = mix(bits + GOLDEN_GAMMA * (position + 1L));
        return (bits >>> 11) * UNIT;
    }

    private static long mix(long z) {
        long mixed = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }
}
