package dev.kaya.benchmark;

/**
 * Decoding at a late position beside an early one: what a long context costs.
 *
 * @param earlyPosition how many tokens stand before the first that is decoded early
 * @param early pace there
 * @param latePosition how many tokens stand before the first that is decoded late
 * @param late pace there
 */
public record Positions(int earlyPosition, Measure early, int latePosition, Measure late) {

    /** Tokens decoded at either place. */
    static final int WINDOW = 16;

    private static final int FARTHEST = 1024;
    private static final int NEAREST = 64;

    /** The end of the late window: the context's, but no farther than {@value #FARTHEST}. */
    static int horizon(int context) {
        return Math.min(context, FARTHEST);
    }

    /** Whether a context is long enough for two places apart. */
    static boolean fit(int context) {
        return context >= NEAREST;
    }

    static int early(int context) {
        return horizon(context) / 10;
    }

    static int late(int context) {
        return horizon(context) - WINDOW;
    }

    /** How many times as long a late token takes as an early one. */
    public double lateCost() {
        return early.tokensPerSecond() / late.tokensPerSecond();
    }
}
