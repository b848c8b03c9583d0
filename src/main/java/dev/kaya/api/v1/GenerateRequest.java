package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.service.request.GenerationSpec;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request as it stands on the wire: every field may be absent. */
@Schema(
        description =
                "A text to continue, and how. Only what differs from the defaults need be given.")
public record GenerateRequest(
        @JsonProperty("prompt")
                @Schema(
                        description =
                                "The text to continue. Empty starts from the model's beginning of"
                                        + " text.",
                        defaultValue = "",
                        example = "Once upon a time")
                @Nullable String prompt,
        @JsonProperty("prompt_token_ids")
                @Schema(
                        description = "The same as token ids, used as given; instead of prompt.",
                        nullable = true)
                int @Nullable [] promptTokenIds,
        @JsonProperty("model")
                @Schema(
                        description =
                                "The name of the model; another than the one served is a 404.",
                        nullable = true)
                @Nullable String model,
        @JsonProperty("max_new_tokens")
                @Schema(
                        description =
                                "Most tokens to generate. 0 with prompt_logprobs scores the prompt"
                                        + " alone.",
                        minimum = "0",
                        defaultValue = "100",
                        example = "50")
                @Nullable Integer maxNewTokens,
        @JsonProperty("temperature")
                @Schema(
                        description =
                                "Logits are divided by it before the softmax; 0 always takes the"
                                        + " likeliest token.",
                        minimum = "0",
                        maximum = "100",
                        defaultValue = "0.8",
                        example = "0.8")
                @Nullable Double temperature,
        @JsonProperty("top_k")
                @Schema(
                        description =
                                "Only the k likeliest tokens stay, those tied with the last"
                                        + " included; 0 or -1 keeps all.",
                        minimum = "-1",
                        defaultValue = "50",
                        example = "50")
                @Nullable Integer topK,
        @JsonProperty("top_p")
                @Schema(
                        description =
                                "Only the smallest set of likeliest tokens whose probabilities sum"
                                        + " to p stays; 1 keeps all.",
                        minimum = "0",
                        exclusiveMinimum = true,
                        maximum = "1",
                        defaultValue = "0.95",
                        example = "0.95")
                @Nullable Double topP,
        @JsonProperty("preset")
                @Schema(
                        description =
                                "Sets temperature, top_k and top_p together; those that are given"
                                        + " beside it win.",
                        allowableValues = {"greedy", "focused", "balanced", "creative"},
                        nullable = true)
                @Nullable String preset,
        @JsonProperty("min_p")
                @Schema(
                        description =
                                "Only tokens with at least this share of the likeliest one's"
                                        + " probability stay; 0 keeps all.",
                        minimum = "0",
                        maximum = "1",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Double minP,
        @JsonProperty("typical_p")
                @Schema(
                        description =
                                "Only the tokens closest to the expected information stay, until"
                                        + " their probabilities sum to p; 1 keeps all.",
                        minimum = "0",
                        exclusiveMinimum = true,
                        maximum = "1",
                        defaultValue = "1",
                        nullable = true)
                @Nullable Double typicalP,
        @JsonProperty("repetition_penalty")
                @Schema(
                        description =
                                "Positive logits of tokens in prompt or text are divided by it,"
                                        + " negative ones multiplied; 1 changes nothing.",
                        minimum = "0",
                        exclusiveMinimum = true,
                        maximum = "100",
                        defaultValue = "1",
                        nullable = true)
                @Nullable Double repetitionPenalty,
        @JsonProperty("repetition_window")
                @Schema(
                        description =
                                "How many of the last tokens repetition_penalty looks at; 0 for"
                                        + " all.",
                        minimum = "0",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Integer repetitionWindow,
        @JsonProperty("frequency_penalty")
                @Schema(
                        description =
                                "Taken off the logit of a token for each time it was generated.",
                        minimum = "-2",
                        maximum = "2",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Double frequencyPenalty,
        @JsonProperty("presence_penalty")
                @Schema(
                        description = "Taken off the logit of a token that was generated.",
                        minimum = "-2",
                        maximum = "2",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Double presencePenalty,
        @JsonProperty("no_repeat_ngram_size")
                @Schema(
                        description = "No run of so many tokens comes twice; 0 allows all.",
                        minimum = "0",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Integer noRepeatNgramSize,
        @JsonProperty("logit_bias")
                @Schema(
                        description =
                                "Added to the logits of tokens, by their ids; from -100 to 100.",
                        example = "{}",
                        nullable = true)
                @Nullable Map<String, Double> logitBias,
        @JsonProperty("min_new_tokens")
                @Schema(
                        description =
                                "Nothing but the context's end ends the text before it has so many"
                                        + " tokens.",
                        minimum = "0",
                        defaultValue = "0",
                        nullable = true)
                @Nullable Integer minNewTokens,
        @JsonProperty("stop")
                @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                @Schema(
                        description =
                                "A string that ends the text, or up to 16 of them; it is not part of"
                                        + " the text.",
                        nullable = true)
                @Nullable List<@Nullable String> stop,
        @JsonProperty("stop_token_ids")
                @Schema(
                        description = "Tokens that end the text, and are not part of it.",
                        nullable = true)
                int @Nullable [] stopTokenIds,
        @JsonProperty("response_format")
                @Schema(
                        description =
                                "What the text looks like: JSON by a schema, or a regular"
                                        + " expression.",
                        nullable = true)
                @Nullable RequestedFormat responseFormat,
        @JsonProperty("echo")
                @Schema(
                        description = "Whether the text begins with the prompt.",
                        defaultValue = "false",
                        nullable = true)
                @Nullable Boolean echo,
        @JsonProperty("seed")
                @Schema(
                        description =
                                "The same request and seed give the same text. Drawn below 2^53 and"
                                        + " reported in the answer when absent.",
                        example = "7")
                @Nullable Long seed,
        @JsonProperty("n")
                @Schema(
                        description =
                                "How many texts to make of the prompt, independent of each other."
                                        + " The first is the one that n = 1 gives.",
                        minimum = "1",
                        defaultValue = "1",
                        example = "1")
                @Nullable Integer samples,
        @JsonProperty("best_of")
                @Schema(
                        description =
                                "How many texts to draw, of which the n likeliest are answered, the"
                                        + " likeliest first: those of the highest mean"
                                        + " log-probability a token. Not with stream when above n.",
                        minimum = "1",
                        nullable = true)
                @Nullable Integer bestOf,
        @JsonProperty("num_beams")
                @Schema(
                        description =
                                "How many texts to search side by side for the likeliest ones, of"
                                        + " which the n best are answered. Takes the place of"
                                        + " sampling; not with stream, and all in the context.",
                        minimum = "1",
                        defaultValue = "1",
                        nullable = true)
                @Nullable Integer beams,
        @JsonProperty("length_penalty")
                @Schema(
                        description =
                                "A text that num_beams finds scores the sum of its"
                                        + " log-probabilities divided by this power of its tokens:"
                                        + " above 0 favours long texts.",
                        minimum = "-10",
                        maximum = "10",
                        defaultValue = "1",
                        nullable = true)
                @Nullable Double lengthPenalty,
        @JsonProperty("early_stopping")
                @Schema(
                        description =
                                "Whether num_beams stops as soon as it has found so many texts.",
                        defaultValue = "false",
                        nullable = true)
                @Nullable Boolean earlyStopping,
        @JsonProperty("logprobs")
                @Schema(
                        description =
                                "Tells the log-probability of every generated token, and of so many"
                                        + " of the likeliest in its place: of the model's raw"
                                        + " logits, before bias, penalties, temperature and"
                                        + " filters.",
                        minimum = "0",
                        maximum = "20",
                        nullable = true)
                @Nullable Integer logprobs,
        @JsonProperty("prompt_logprobs")
                @Schema(
                        description =
                                "The same for the tokens of the prompt; the first, which follows"
                                        + " nothing, has null.",
                        minimum = "0",
                        maximum = "20",
                        nullable = true)
                @Nullable Integer promptLogprobs,
        @JsonProperty("speculate")
                @Schema(
                        description =
                                "Whether to guess tokens ahead from what was said before. Changes"
                                        + " no token; faster on texts that repeat themselves.",
                        defaultValue = "false",
                        nullable = true)
                @Nullable Boolean speculate,
        @JsonProperty("ignore_eos")
                @Schema(
                        description = "Whether the model's end of text is a token like others.",
                        defaultValue = "false")
                @Nullable Boolean ignoreEos,
        @JsonProperty("allow_special_tokens")
                @Schema(
                        description =
                                "Whether special tokens written in the prompt become those tokens;"
                                        + " otherwise they are ordinary text.",
                        defaultValue = "false")
                @Nullable Boolean allowSpecialTokens,
        @JsonProperty("context_overflow")
                @Schema(
                        description =
                                "What happens at the context's end: slide keeps the last"
                                        + " context_length tokens and goes on, stop ends the text"
                                        + " there, error refuses requests that could reach it.",
                        allowableValues = {"slide", "stop", "error"},
                        example = "slide")
                @Nullable String contextOverflow,
        @JsonProperty("timeout_ms")
                @Schema(
                        description =
                                "Milliseconds from arrival after which the answer is what there is"
                                        + " by then.",
                        minimum = "1",
                        nullable = true)
                @Nullable Long timeoutMs,
        @JsonProperty("stream")
                @Schema(
                        description = "Whether tokens are sent as server-sent events as they come.",
                        defaultValue = "false",
                        example = "false")
                @Nullable Boolean stream) {

    /** The same without names and annotations of this API. */
    public GenerationSpec toSpec() {
        return GenerationSpec.builder()
                .prompt(prompt)
                .promptTokenIds(promptTokenIds)
                .model(model)
                .maxNewTokens(maxNewTokens)
                .temperature(temperature)
                .topK(topK)
                .topP(topP)
                .preset(preset)
                .minP(minP)
                .typicalP(typicalP)
                .repetitionPenalty(repetitionPenalty)
                .repetitionWindow(repetitionWindow)
                .frequencyPenalty(frequencyPenalty)
                .presencePenalty(presencePenalty)
                .noRepeatNgramSize(noRepeatNgramSize)
                .logitBias(logitBias)
                .minNewTokens(minNewTokens)
                .stop(stop)
                .stopTokenIds(stopTokenIds)
                .responseFormat(responseFormat == null ? null : responseFormat.toSpec())
                .echo(echo)
                .seed(seed)
                .samples(samples)
                .bestOf(bestOf)
                .beams(beams)
                .lengthPenalty(lengthPenalty)
                .earlyStopping(earlyStopping)
                .logprobs(logprobs)
                .promptLogprobs(promptLogprobs)
                .speculate(speculate)
                .ignoreEos(ignoreEos)
                .allowSpecialTokens(allowSpecialTokens)
                .contextOverflow(contextOverflow)
                .timeoutMs(timeoutMs)
                .build();
    }
}
