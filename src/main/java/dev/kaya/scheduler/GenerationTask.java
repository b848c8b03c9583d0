package dev.kaya.scheduler;

import dev.kaya.engine.sampling.SamplingParams;

/**
 * A request, parsed and checked: nothing below looks at it again.
 *
 * @param prompt what to continue
 * @param sampling how tokens are picked
 * @param stops when to end
 * @param arrivalNanos {@code System.nanoTime()} when the request came in
 */
public record GenerationTask(
        Prompt prompt, SamplingParams sampling, StopRules stops, long arrivalNanos) {

    /**
     * The tokens to continue.
     *
     * @param tokenIds at least one; no more than the context
     * @param slides whether the window moves on when the context is full. Without it the stop rules
     *     end the text in time
     */
    public record Prompt(int[] tokenIds, boolean slides) {
        public Prompt {
            if (tokenIds.length == 0) {
                throw new IllegalArgumentException("an empty prompt has nothing to continue");
            }
        }
    }

    /**
     * When a text ends.
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
