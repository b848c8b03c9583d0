package dev.kaya.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for, as it came: every field may be absent. {@link RequestValidator} turns it
 * into a task.
 */
@Schema(
        description =
                "A text to continue, and how. Only what differs from the defaults need be given.")
public record GenerationRequest(
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
                        description = "Most tokens to generate.",
                        minimum = "1",
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
        @JsonProperty("seed")
                @Schema(
                        description =
                                "The same request and seed give the same text. Drawn below 2^53 and"
                                        + " told in the answer when absent.",
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

    /** A request for the continuation of a text with defaults for all else. */
    public static GenerationRequest of(String prompt) {
        return new GenerationRequest(
                prompt, null, null, null, null, null, null, null, null, null, null, null, null,
                null);
    }
}
