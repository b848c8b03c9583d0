package dev.kaya.scheduler;

/**
 * How many prompt tokens a step may compute. Alone, prompts get the whole of it; beside sequences
 * that wait for their next token only as many as take about as long as the step takes without them,
 * so that a long prompt at most doubles the time between tokens. Costs are moving averages over the
 * steps so far. Results do not depend on it, only the pace.
 *
 * <p>Belongs to the loop's thread.
 */
final class StepBudget {

    private static final double WEIGHT = 0.2;

    /** The fewest, so that prompts get on however slow they are. */
    private static final int LEAST = 16;

    private final int most;
    private final double[] decodeNanos; // by sequences in a step without prompts; 0 unknown
    private double promptTokenNanos;

    /**
     * @param most prompt tokens in a step, at least 1
     * @param maxSequences most sequences in a step
     */
    StepBudget(int most, int maxSequences) {
        this.most = most;
        decodeNanos = new double[maxSequences + 1];
    }

    /**
     * Prompt tokens of the next step.
     *
     * @param nextTokens running sequences that take part in it for one token
     */
    int promptTokens(int nextTokens) {
        double without = nanosWithoutPrompts(nextTokens);
        if (without == 0 || promptTokenNanos == 0) {
            return most;
        }
        return (int) Math.min(most, Math.max(LEAST, without / promptTokenNanos));
    }

    /**
     * Learns from a step.
     *
     * @param nextTokens sequences that took part for one token
     * @param promptTokens computed beside them
     * @param nanos it took
     */
    void learn(int nextTokens, int promptTokens, long nanos) {
        if (promptTokens == 0) {
            decodeNanos[nextTokens] = average(decodeNanos[nextTokens], (double) nanos);
            return;
        }
        double without = nanosWithoutPrompts(nextTokens);
        if (nextTokens == 0 || without > 0) {
            double extra = Math.max(1, nanos - without);
            promptTokenNanos = average(promptTokenNanos, extra / promptTokens);
        }
    }

    /** What a step of so many sequences takes, or the nearest number that is known; 0 for none. */
    private double nanosWithoutPrompts(int nextTokens) {
        for (int count = nextTokens; count > 0; count--) {
            if (decodeNanos[count] > 0) {
                return decodeNanos[count];
            }
        }
        for (int count = nextTokens + 1; nextTokens > 0 && count < decodeNanos.length; count++) {
            if (decodeNanos[count] > 0) {
                return decodeNanos[count];
            }
        }
        return 0;
    }

    private static double average(double before, double now) {
        return before == 0 ? now : before + WEIGHT * (now - before);
    }
}
