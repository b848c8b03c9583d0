package dev.kaya.service;

import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent.Timing;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A whole answer.
 *
 * @param text generated
 * @param tokenIds generated
 * @param finishReason why it ended
 * @param usage of the prompt
 * @param timing of the task
 */
public record GenerationResult(
        String text,
        List<Integer> tokenIds,
        FinishReason finishReason,
        Usage usage,
        Timing timing) {

    /**
     * Tokens of the prompt.
     *
     * @param promptTokens before any were dropped
     * @param truncatedTokens dropped because the context is shorter
     */
    public record Usage(int promptTokens, int truncatedTokens) {}

    /** Tokens after the first, by the second; empty for fewer than two. */
    public OptionalDouble tokensPerSecond() {
        if (tokenIds.size() < 2 || timing.decodeNanos() <= 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((tokenIds.size() - 1) * 1e9 / timing.decodeNanos());
    }
}
