package dev.kaya.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.scheduler.GenerationEvent.Token;
import io.swagger.v3.oas.annotations.media.Schema;
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
                String text) {

    static TokenEvent of(Token token) {
        return new TokenEvent(
                token.sample(),
                token.tokenId() == Token.NO_TOKEN ? null : token.tokenId(),
                token.text());
    }
}
