package dev.kaya.scheduler;

import dev.kaya.engine.sampling.SamplingParams;
import java.util.List;

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
     * How many tokens are generated.
     *
     * @param least before which nothing but the context's end ends a text
     * @param most at least 1
     */
    public record Length(int least, int most) {
        public Length {
            if (most < 1) {
                throw new IllegalArgumentException("max_new_tokens " + most);
            }
            if (least < 0) {
                throw new IllegalArgumentException("min_new_tokens " + least);
            }
        }
    }

    /**
     * When a text ends. Unless a rule ends it in time, its window moves on when the context is
     * full.
     *
     * @param length of the text in tokens
     * @param eosIds tokens by which the model ends a text
     * @param tokenIds other tokens that end it
     * @param texts strings that end it, none of them empty
     * @param deadlineNanos {@code System.nanoTime()} at which it ends with what it has; {@link
     *     Long#MAX_VALUE} for never
     */
    public record StopRules(
            Length length, int[] eosIds, int[] tokenIds, List<String> texts, long deadlineNanos) {

        private static final int[] NONE = {};

        public StopRules {
            texts = List.copyOf(texts);
        }

        /** Nothing ends a text but its length and its deadline. */
        public static StopRules after(int maxNewTokens, long deadlineNanos) {
            return new StopRules(new Length(0, maxNewTokens), NONE, NONE, List.of(), deadlineNanos);
        }

        boolean isEos(int tokenId) {
            return contains(eosIds, tokenId);
        }

        boolean isStop(int tokenId) {
            return contains(tokenIds, tokenId);
        }

        private static boolean contains(int[] ids, int wanted) {
            for (int id : ids) {
                if (id == wanted) {
                    return true;
                }
            }
            return false;
        }

        boolean isOver(long now) {
            return deadlineNanos != Long.MAX_VALUE && now - deadlineNanos >= 0;
        }
    }
}
