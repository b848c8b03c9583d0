package dev.kaya.scheduler;

import dev.kaya.engine.sampling.TokenLogprobs;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What the loop tells a caller of its request: the scores of its prompt, if wanted; for each sample
 * its tokens in order and then its end, samples interleaved; the last event of all is {@link
 * Finished}.
 */
public sealed interface GenerationEvent {

    /**
     * A generated token.
     *
     * @param sample which text it belongs to, from 0
     * @param tokenId its id, or {@link #NO_TOKEN} for text that was held back until the end
     * @param text what it adds to the text; empty while half a character is held back
     * @param logprobs how likely it was, if the request wants to know
     */
    record Token(int sample, int tokenId, String text, @Nullable TokenLogprobs logprobs)
            implements GenerationEvent {
        /** In place of an id: only text. */
        public static final int NO_TOKEN = -1;

        /** Text that comes with no token of its own. */
        public static Token textOnly(int sample, String text) {
            return new Token(sample, NO_TOKEN, text, null);
        }
    }

    /**
     * A whole text that beam search found.
     *
     * @param sample which, the best being 0
     * @param tokenIds generated
     * @param text of them, without a string that ended it
     * @param logprobs how likely the tokens were; empty unless wanted
     */
    record Found(int sample, List<Integer> tokenIds, String text, List<TokenLogprobs> logprobs)
            implements GenerationEvent {
        public Found {
            tokenIds = List.copyOf(tokenIds);
            logprobs = List.copyOf(logprobs);
        }
    }

    /**
     * Tokens of the prompt have been scored.
     *
     * @param tokens how likely they were, in their order over all events; the first token of the
     *     prompt, which follows nothing, is left out
     */
    record PromptScored(List<TokenLogprobs> tokens) implements GenerationEvent {
        public PromptScored {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * One text is complete.
     *
     * @param sample which
     * @param reason why it ended
     */
    record SampleFinished(int sample, FinishReason reason) implements GenerationEvent {}

    /**
     * The end of the request.
     *
     * @param reason of the request as a whole: why all of it was ended, else that of sample 0
     * @param cachedTokens tokens of the prompt that needed no computing
     * @param timing when what happened
     * @param fault what went wrong, for {@link FinishReason#ERROR} alone
     */
    record Finished(FinishReason reason, int cachedTokens, Timing timing, @Nullable Fault fault)
            implements GenerationEvent {}

    /** What can go wrong after a request was accepted. */
    enum Fault {
        /** The server stops and could not wait any longer. */
        STOPPED("the server is shutting down"),
        /** A forward pass failed. */
        STEP("the model could not compute this text"),
        /** A forward pass gave NaN or infinity, or minus infinity for all that may come. */
        LOGITS("the model computed logits that are NaN or infinite, and no token can be picked"),
        /** Picking a token failed. */
        SAMPLING("no token could be picked");

        private final String message;

        Fault(String message) {
            this.message = message;
        }

        /** What a client may know of it. */
        public String message() {
            return message;
        }
    }

    /**
     * Durations of a request in nanoseconds, its samples taken together; −1 for what never came to
     * be.
     *
     * @param queueNanos arrival to admission
     * @param prefillNanos admission to first token
     * @param firstTokenNanos arrival to first token
     * @param decodeNanos first token to last token
     * @param totalNanos arrival to end
     * @param pace of its texts
     */
    record Timing(
            long queueNanos,
            long prefillNanos,
            long firstTokenNanos,
            long decodeNanos,
            long totalNanos,
            Pace pace) {}

    /**
     * How fast a request's texts came, each by itself: n texts side by side are not n times as
     * fast, and n texts one after the other not slower. Beams, which grow together, are one text.
     *
     * @param tokens of all texts that were not the first of theirs
     * @param nanos from first to last token of each text, summed over the texts
     */
    record Pace(long tokens, long nanos) {
        /** Tokens of a text in a second, on average; empty when none had two, or in no time. */
        public OptionalDouble tokensPerSecond() {
            return tokens == 0 || nanos <= 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(tokens * 1e9 / nanos);
        }
    }
}
