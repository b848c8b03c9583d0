package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.GenerationEvent.Timing;
import dev.kaya.service.answer.GeneratedText;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.answer.IndexedList;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer, and the last event of a streamed one. Its texts and tokens are made while it is
 * written.
 */
@Schema(description = "A generated text, with what it cost.")
record GenerateResponse(
        @JsonProperty("id") @Schema(description = "A name for this answer.", example = "gen-5f0c9d")
                String id,
        @JsonProperty("model")
                @Schema(description = "The model that answered.", example = "stories")
                String model,
        @JsonProperty("created")
                @Schema(description = "Unix time in seconds.", example = "1790000000")
                long created,
        @JsonProperty("outputs") @Schema(description = "The generated texts; one for each sample.")
                List<Output> outputs,
        @JsonProperty("prompt_logprobs")
                @JsonInclude(JsonInclude.Include.NON_NULL)
                @Schema(
                        description =
                                "How likely the tokens of the prompt were, if prompt_logprobs is"
                                        + " given; those that fell out of the context are left"
                                        + " out.",
                        nullable = true)
                @Nullable List<TokenLogprob> promptLogprobs,
        @JsonProperty("usage") @Schema(description = "Tokens of the request.") Usage usage,
        @JsonProperty("timing") @Schema(description = "Where the time went.") TimingBody timing,
        @JsonProperty("seed")
                @Schema(description = "Given or drawn; repeats the text.", example = "7")
                long seed) {

    /** One generated text. */
    @Schema(description = "One generated text.")
    record Output(
            @JsonProperty("index") @Schema(description = "Which sample.", example = "0") int index,
            @JsonProperty("text")
                    @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(
                            description =
                                    "The continuation, without the prompt. Not in the last event of"
                                            + " a stream, which has sent it.",
                            example = " there was a king")
                    @Nullable StreamedText text,
            @JsonProperty("token_ids") @Schema(description = "Its tokens.") List<Integer> tokenIds,
            @JsonProperty("finish_reason")
                    @Schema(
                            description = "Why it ended.",
                            allowableValues = {
                                "eos",
                                "stop",
                                "length",
                                "deadline",
                                "cancelled",
                                "error"
                            },
                            example = "length")
                    String finishReason,
            @JsonProperty("logprobs")
                    @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Schema(
                            description = "How likely its tokens were, if logprobs is given.",
                            nullable = true)
                    @Nullable List<TokenLogprob> logprobs) {

        static Output of(Generation generation, int index, GeneratedText text, boolean withText) {
            List<TokenLogprobs> logprobs = text.logprobs();
            return new Output(
                    index,
                    withText ? new StreamedText(text.reader()) : null,
                    text.tokenIds(),
                    text.reason().wireName(),
                    logprobs == null
                            ? null
                            : new IndexedList<>(
                                    logprobs.size(),
                                    i -> TokenLogprob.of(generation, logprobs.get(i))));
        }
    }

    /** Tokens of a request. */
    @Schema(description = "Tokens of the request.")
    record Usage(
            @JsonProperty("prompt_tokens")
                    @Schema(description = "Of the prompt, before any were dropped.", example = "4")
                    int promptTokens,
            @JsonProperty("cached_tokens")
                    @Schema(description = "Of them, taken from the prefix cache.", example = "0")
                    int cachedTokens,
            @JsonProperty("completion_tokens")
                    @Schema(
                            description =
                                    "Generated, in all texts: with best_of also in those that are"
                                            + " not answered, with num_beams in those that are.",
                            example = "50")
                    int completionTokens,
            @JsonProperty("total_tokens")
                    @Schema(description = "Prompt and completion together.", example = "54")
                    int totalTokens,
            @JsonProperty("truncated_tokens")
                    @Schema(
                            description = "Prompt tokens that fell out of the context.",
                            example = "0")
                    int truncatedTokens) {}

    /** Durations in milliseconds; null for what never came to be. */
    @Schema(description = "Durations in milliseconds.")
    record TimingBody(
            @JsonProperty("queue_ms")
                    @Schema(description = "Arrival to admission.", example = "0.1")
                    double queueMs,
            @JsonProperty("prefill_ms")
                    @Schema(description = "Admission to first token.", example = "2.1")
                    @Nullable Double prefillMs,
            @JsonProperty("time_to_first_token_ms")
                    @Schema(description = "Arrival to first token.", example = "2.2")
                    @Nullable Double timeToFirstTokenMs,
            @JsonProperty("decode_ms")
                    @Schema(
                            description = "First token of any text to the last of any.",
                            example = "40.5")
                    @Nullable Double decodeMs,
            @JsonProperty("tokens_per_second")
                    @Schema(
                            description =
                                    "The pace of a text: tokens after its first, by the second,"
                                            + " averaged over all texts. Null when none has two"
                                            + " tokens.",
                            example = "1200.5")
                    @Nullable Double tokensPerSecond) {

        static TimingBody of(GenerationResult result) {
            Timing timing = result.timing();
            return new TimingBody(
                    timing.queueNanos() / 1e6,
                    millis(timing.prefillNanos()),
                    millis(timing.firstTokenNanos()),
                    millis(timing.decodeNanos()),
                    result.tokensPerSecond().isPresent()
                            ? result.tokensPerSecond().getAsDouble()
                            : null);
        }

        private static @Nullable Double millis(long nanos) {
            return nanos < 0 ? null : nanos / 1e6;
        }
    }

    /** The answer with its texts. */
    static GenerateResponse whole(Generation generation, GenerationResult result) {
        return of(generation, result, true);
    }

    /** The answer without the texts that were streamed. */
    static GenerateResponse streamed(Generation generation, GenerationResult result) {
        return of(generation, result, false);
    }

    private static @Nullable List<TokenLogprob> promptLogprobs(
            Generation generation, @Nullable List<GenerationResult.PromptToken> tokens) {
        return tokens == null
                ? null
                : new IndexedList<>(tokens.size(), i -> TokenLogprob.of(generation, tokens.get(i)));
    }

    private static GenerateResponse of(
            Generation generation, GenerationResult result, boolean withTexts) {
        List<Output> outputs = new ArrayList<>();
        for (GeneratedText text : result.texts()) {
            outputs.add(Output.of(generation, outputs.size(), text, withTexts));
        }
        int prompt = result.usage().promptTokens();
        int completion = result.generated();
        return new GenerateResponse(
                generation.id(),
                generation.modelName(),
                generation.created().getEpochSecond(),
                outputs,
                promptLogprobs(generation, result.promptTokens()),
                new Usage(
                        prompt,
                        result.usage().cachedTokens(),
                        completion,
                        prompt + completion,
                        result.usage().truncatedTokens()),
                TimingBody.of(result),
                generation.seed());
    }
}
