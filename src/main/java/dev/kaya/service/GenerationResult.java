package dev.kaya.service;

import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent.Timing;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A whole answer.
 *
 * @param outputs one for each sample, in order
 * @param usage of the prompt
 * @param timing of the task
 */
public record GenerationResult(List<Output> outputs, Usage usage, Timing timing) {

    public GenerationResult {
        outputs = List.copyOf(outputs);
    }

    /**
     * One generated text.
     *
     * @param text without the prompt
     * @param tokenIds of it
     * @param finishReason why it ended
     */
    public record Output(String text, List<Integer> tokenIds, FinishReason finishReason) {
        public Output {
            tokenIds = List.copyOf(tokenIds);
        }
    }

    /**
     * Tokens of the prompt.
     *
     * @param promptTokens before any were dropped
     * @param truncatedTokens dropped because the context is shorter
     * @param cachedTokens taken from the prefix cache
     */
    public record Usage(int promptTokens, int truncatedTokens, int cachedTokens) {}

    /** Tokens of all outputs. */
    public int generated() {
        int count = 0;
        for (Output output : outputs) {
            count += output.tokenIds().size();
        }
        return count;
    }

    /** Tokens after the first, by the second; empty for fewer than two. */
    public OptionalDouble tokensPerSecond() {
        int generated = generated();
        if (generated < 2 || timing.decodeNanos() <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((generated - 1) * 1e9 / timing.decodeNanos());
    }
}
