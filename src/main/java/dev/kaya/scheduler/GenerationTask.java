package dev.kaya.scheduler;

import dev.kaya.engine.sampling.SamplingParams;

/**
 * A request, parsed and checked: nothing below looks at it again.
 *
 * @param prompt what to continue
 * @param sampling how tokens are picked
 * @param stops when to end
 * @param samples n, how many texts to make of it, independent of each other
 * @param arrivalNanos {@code System.nanoTime()} when the request came in
 */
public record GenerationTask(
        Prompt prompt, SamplingParams sampling, StopRules stops, int samples, long arrivalNanos) {

    public GenerationTask {
        if (samples < 1) {
            throw new IllegalArgumentException("n " + samples);
        }
    }

    /** A task for one text. */
    public static GenerationTask single(
            Prompt prompt, SamplingParams sampling, StopRules stops, long arrivalNanos) {
        return new GenerationTask(prompt, sampling, stops, 1, arrivalNanos);
    }

    /**
     * The tokens to continue.
     *
     * @param tokenIds at least one; no more than the context
     */
    public record Prompt(int[] tokenIds) {
        public Prompt {
            if (tokenIds.length == 0) {
                throw new IllegalArgumentException("an empty prompt has nothing to continue");
            }
        }

        int length() {
            return tokenIds.length;
        }
    }

    /**
     * When a text ends. Unless a rule ends it in time, its window moves on when the context is
     * full.
     *
     * @param maxNewTokens at least 1
     * @param ignoreEos whether an EOS is a token like others
     * @param deadlineNanos {@code System.nanoTime()} at which it ends with what it has; {@link
     *     Long#MAX_VALUE} for never
     */
    public record StopRules(int maxNewTokens, boolean ignoreEos, long deadlineNanos) {
        public StopRules {
            if (maxNewTokens < 1) {
                throw new IllegalArgumentException("max_new_tokens " + maxNewTokens);
            }
        }

        boolean isOver(long now) {
            return deadlineNanos != Long.MAX_VALUE && now - deadlineNanos >= 0;
        }
    }
}
