package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.service.answer.Generation;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One event of a stream. */
@Schema(description = "One generated token of a stream (event: token).")
record TokenEvent(
        @JsonProperty("index") @Schema(description = "Which sample.", example = "0") int index,
        @JsonProperty("token_id")
                @Schema(
                        description = "The token; null for text that was held back to the end.",
                        example = "435")
                @Nullable Integer tokenId,
        @JsonProperty("text")
                @Schema(
                        description =
                                "What it adds to the text; empty while half a character is held"
                                        + " back.",
                        example = " who")
                String text,
        @JsonProperty("bytes")
                @JsonInclude(JsonInclude.Include.NON_NULL)
                @Schema(
                        description = TokenLogprob.BYTES + " If logprobs is given.",
                        nullable = true,
                        example = "[119]")
                int @Nullable [] bytes,
        @JsonProperty("logprob")
                @JsonInclude(JsonInclude.Include.NON_NULL)
                @Schema(description = "How likely it was, if logprobs is given.", nullable = true)
                @Nullable Double logprob,
        @JsonProperty("top")
                @JsonInclude(JsonInclude.Include.NON_NULL)
                @Schema(
                        description = "The likeliest tokens in its place, if logprobs is given.",
                        nullable = true)
                @Nullable List<TokenLogprob.Alternative> top) {

    static TokenEvent of(Generation generation, Token token) {
        TokenLogprobs logprobs = generation.tellsLogprobs() ? token.logprobs() : null;
        return new TokenEvent(
                token.sample(),
                token.tokenId() == Token.NO_TOKEN ? null : token.tokenId(),
                token.text(),
                logprobs == null ? null : generation.bytes(logprobs.tokenId()),
                logprobs == null ? null : logprobs.logprob(),
                logprobs == null ? null : TokenLogprob.alternatives(generation, logprobs));
    }
}
