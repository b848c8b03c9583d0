package dev.kaya.service.answer;

import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent.Timing;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param texts answered, in order
 * @param promptTokens of the prompt with their log-probabilities, made as they are asked for; null
 *     unless wanted
 * @param usage of the request
 * @param timing of the request
 */
public record GenerationResult(
        List<GeneratedText> texts,
        @Nullable List<PromptToken> promptTokens,
        Usage usage,
        Timing timing) {

    public GenerationResult {
        texts = List.copyOf(texts);
    }

    /** The texts whole, in memory of their own. */
    public List<Output> outputs() {
        return texts.stream().map(GeneratedText::output).toList();
    }

    /**
     * A token of the prompt that entered the model.
     *
     * @param tokenId its id
     * @param logprobs how likely it was; null for the first
     */
    public record PromptToken(int tokenId, @Nullable TokenLogprobs logprobs) {}

    /**
     * One generated text.
     *
     * @param text without the prompt
     * @param tokenIds of it
     * @param finishReason why it ended
     * @param logprobs of its tokens; null unless wanted
     */
    public record Output(
            String text,
            List<Integer> tokenIds,
            FinishReason finishReason,
            @Nullable List<TokenLogprobs> logprobs) {
        public Output {
            tokenIds = List.copyOf(tokenIds);
            logprobs = logprobs == null ? null : List.copyOf(logprobs);
        }
    }

    /**
     * Tokens of the request.
     *
     * @param promptTokens before any were dropped
     * @param truncatedTokens dropped because the context is shorter
     * @param cachedTokens taken from the prefix cache
     * @param generatedTokens of all texts, those included that were not the best
     */
    public record Usage(
            int promptTokens, int truncatedTokens, int cachedTokens, int generatedTokens) {}

    /** Tokens of all texts. */
    public int generated() {
        return usage.generatedTokens();
    }

    /** Tokens of a text after its first, by the second; empty when none has two. */
    public OptionalDouble tokensPerSecond() {
        return timing.pace().tokensPerSecond();
    }
}
