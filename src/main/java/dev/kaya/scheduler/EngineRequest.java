package dev.kaya.scheduler;

import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.sampling.SamplingParams;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request, parsed and checked: nothing below looks at it again.
 *
 * @param prompt what to continue
 * @param sampling how tokens are picked
 * @param stops when to end
 * @param texts what to make of it
 * @param arrivalNanos {@code System.nanoTime()} when the request came in
 */
public record EngineRequest(
        Prompt prompt, SamplingParams sampling, StopRules stops, Texts texts, long arrivalNanos) {

    /** A request for one text. */
    public static EngineRequest single(
            Prompt prompt, SamplingParams sampling, StopRules stops, long arrivalNanos) {
        return new EngineRequest(prompt, sampling, stops, Texts.ONE, arrivalNanos);
    }

    /**
     * Positions of its longest text, if the context holds them; the last token is never fed back.
     */
    public int positions() {
        long positions = prompt.length() + (long) stops.length().most() - 1;
        return Math.clamp(positions, 1, Integer.MAX_VALUE);
    }

    /** Whether nothing is generated: at most the tokens of the prompt are scored. */
    public boolean isOfPromptAlone() {
        return stops.length().most() == 0;
    }

    /** Whether there is nothing to compute at all, because no token of the prompt is scored. */
    public boolean isNothing() {
        return isOfPromptAlone() && !(texts.logprobs().ofPrompt() && prompt.length() > 1);
    }

    /** How many texts it makes. */
    public int samples() {
        return texts.samples();
    }

    /**
     * What to make of a prompt.
     *
     * @param samples how many texts, independent of each other
     * @param logprobs which log-probabilities to tell
     * @param search by which way; samples are drawn
     */
    public record Texts(int samples, Logprobs logprobs, Search search) {

        /** One text and nothing else. */
        public static final Texts ONE = new Texts(1, Logprobs.NONE, Search.PLAIN);

        public Texts {
            if (samples < 1) {
                throw new IllegalArgumentException("n " + samples);
            }
        }
    }

    /**
     * How texts are found.
     *
     * @param beams by beam search, of which they are the best; null for samples drawn token by
     *     token
     * @param speculates whether to guess tokens of samples ahead, which changes nothing but the
     *     pace
     */
    public record Search(BeamSearch.@Nullable Rules beams, boolean speculates) {

        /** Samples drawn token by token. */
        public static final Search PLAIN = new Search(null, false);

        /** The same with guesses ahead. */
        public static final Search AHEAD = new Search(null, true);
    }

    /**
     * Which log-probabilities to tell: of a token and the so many likeliest ones in its place.
     *
     * @param generated of generated tokens; {@link #OFF} for none at all
     * @param prompt of the prompt's tokens; {@link #OFF} for none at all
     */
    public record Logprobs(int generated, int prompt) {

        /** Not even of the token itself. */
        public static final int OFF = -1;

        /** None at all. */
        public static final Logprobs NONE = new Logprobs(OFF, OFF);

        public Logprobs {
            if (generated < OFF || prompt < OFF) {
                throw new IllegalArgumentException("logprobs " + generated + ", " + prompt);
            }
        }

        boolean ofGenerated() {
            return generated != OFF;
        }

        /** Whether any are wanted of the prompt. */
        public boolean ofPrompt() {
            return prompt != OFF;
        }
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
     * @param most 0 for none: then at most the prompt is scored
     */
    public record Length(int least, int most) {
        public Length {
            if (most < 0) {
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
     * @param eosIds tokens by which the model ends a text; kept rising
     * @param tokenIds other tokens that end it; kept rising
     * @param texts strings that end it, none of them empty
     * @param deadlineNanos {@code System.nanoTime()} at which it ends with what it has; {@link
     *     Long#MAX_VALUE} for never
     */
    public record StopRules(
            Length length, int[] eosIds, int[] tokenIds, List<String> texts, long deadlineNanos) {

        private static final int[] NONE = {};

        public StopRules {
            eosIds = rising(eosIds);
            tokenIds = rising(tokenIds);
            texts = List.copyOf(texts);
        }

        /** Nothing ends a text but its length and its deadline. */
        public static StopRules after(int maxNewTokens, long deadlineNanos) {
            return new StopRules(new Length(0, maxNewTokens), NONE, NONE, List.of(), deadlineNanos);
        }

        private static int[] rising(int[] ids) {
            int[] sorted = ids.clone();
            Arrays.sort(sorted);
            return sorted;
        }

        /** All tokens that end a text, rising. */
        int[] endIds() {
            int[] all = Arrays.copyOf(eosIds, eosIds.length + tokenIds.length);
            System.arraycopy(tokenIds, 0, all, eosIds.length, tokenIds.length);
            return rising(all);
        }

        boolean isEos(int tokenId) {
            return Arrays.binarySearch(eosIds, tokenId) >= 0;
        }

        boolean isStop(int tokenId) {
            return Arrays.binarySearch(tokenIds, tokenId) >= 0;
        }

        boolean isOver(long now) {
            return deadlineNanos != Long.MAX_VALUE && now - deadlineNanos >= 0;
        }
    }
}
