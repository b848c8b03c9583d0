package dev.kaya.scheduler;

/**
 * How many prompt tokens a step may compute. Alone, prompts get the whole of it; beside sequences
 * that wait for their next token only as many as take about as long as the step takes without them,
 * so that a long prompt at most doubles the time between tokens. Costs are moving averages over the
 * steps so far. Results do not depend on it, only the pace.
 *
 * <p>What a step takes without prompts follows quicker steps soon and slower ones late: on a
 * machine that is slow for a moment, prompts do not make slow steps longer still.
 *
 * <p>Belongs to the loop's thread.
 */
final class TokenBudget {

    private static final double WEIGHT = 0.2;

    /** Of a step without prompts that took longer than those before it. */
    private static final double SLOWER_WEIGHT = 0.02;

    /**
     * The fewest, so that prompts get on however slow they are. What fewer take tells little of
     * what each of many takes.
     */
    private static final int LEAST = 16;

    private final int most;
    private final double[] decodeNanos; // by sequences in a step without prompts; 0 unknown
    private double promptTokenNanos;

    /**
     * @param most prompt tokens in a step, at least 1
     * @param maxSequences most sequences in a step
     */
    TokenBudget(int most, int maxSequences) {
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
        double without = nanosWithoutPrompts(nextTokens);
        if (promptTokens == 0) {
            double before = decodeNanos[nextTokens];
            double weight = nanos > before ? SLOWER_WEIGHT : WEIGHT;
            know(nextTokens, average(before, (double) nanos, weight));
        } else if (nextTokens > 0 && nanos < without) {
            // It would have taken less without its prompts, so not what was thought.
            double expected = without + promptTokens * promptTokenNanos;
            know(nextTokens, without * nanos / expected);
        } else if (promptTokens >= LEAST && (nextTokens == 0 || without > 0)) {
            int nearest = nearestKnown(nextTokens);
            double each =
                    nearest == 0
                            ? (nanos - without) / promptTokens
                            : (nanos - decodeNanos[nearest])
                                    / (promptTokens + nextTokens - nearest);
            promptTokenNanos = average(promptTokenNanos, each, WEIGHT);
        }
    }

    /** Fewer sequences take no longer. */
    private void know(int nextTokens, double nanos) {
        decodeNanos[nextTokens] = nanos;
        for (int fewer = 1; fewer < nextTokens; fewer++) {
            decodeNanos[fewer] = Math.min(decodeNanos[fewer], nanos);
        }
    }

    /**
     * What a step of so many sequences takes: what it took, or what the nearest smaller number took
     * and the cost of a prompt token for each more, or what a greater number took; 0 when nothing
     * is known. Under a load that never pauses every step has prompts, so that most numbers stay
     * unknown.
     */
    private double nanosWithoutPrompts(int nextTokens) {
        int nearest = nearestKnown(nextTokens);
        if (nearest == nextTokens) {
            return decodeNanos[nearest];
        }
        int greater = nextTokens + 1;
        while (greater < decodeNanos.length && decodeNanos[greater] == 0) {
            greater++;
        }
        double bound = greater < decodeNanos.length ? decodeNanos[greater] : 0;
        if (nearest == 0) {
            return bound;
        }
        double nanos = decodeNanos[nearest] + (nextTokens - nearest) * promptTokenNanos;
        return bound == 0 ? nanos : Math.max(decodeNanos[nearest], Math.min(nanos, bound));
    }

    /** The highest number of sequences up to this whose steps without prompts are known, or 0. */
    private int nearestKnown(int nextTokens) {
        int count = nextTokens;
        while (count > 0 && decodeNanos[count] == 0) {
            count--;
        }
        return count;
    }

    private static double average(double before, double now, double weight) {
        return before == 0 ? now : before + weight * (now - before);
    }
}
