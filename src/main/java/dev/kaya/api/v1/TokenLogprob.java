package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult.PromptToken;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A token and how likely the model found it. */
@Schema(description = "A token and how likely the model found it.")
record TokenLogprob(
        @JsonProperty("token_id") @Schema(description = "Its id.", example = "435") int tokenId,
        @JsonProperty("text") @Schema(description = "What it stands for.", example = " who")
                String text,
        @JsonProperty("bytes") @Schema(description = BYTES, nullable = true, example = "[119]")
                int @Nullable [] bytes,
        @JsonProperty("logprob")
                @Schema(
                        description =
                                "Natural logarithm of its probability, by the model's raw logits;"
                                        + " null for the first token of a prompt.",
                        example = "-1.386")
                @Nullable Double logprob,
        @JsonProperty("top")
                @Schema(description = "The likeliest tokens in its place, the likeliest first.")
                List<Alternative> top) {

    /** Describes a token's bytes. */
    static final String BYTES =
            "The bytes it stands for: UTF-8, or a part of a character, whose text is U+FFFD. Null"
                    + " for a special token.";

    /** A token that could have come instead. */
    @Schema(description = "One of the likeliest tokens in the place of another.")
    record Alternative(
            @JsonProperty("token_id") @Schema(description = "Its id.", example = "435") int tokenId,
            @JsonProperty("text") @Schema(description = "What it stands for.", example = " who")
                    String text,
            @JsonProperty("bytes") @Schema(description = BYTES, nullable = true, example = "[119]")
                    int @Nullable [] bytes,
            @JsonProperty("logprob")
                    @Schema(description = "Logarithm of its probability.", example = "-0.693")
                    double logprob) {}

    static TokenLogprob of(Generation generation, TokenLogprobs token) {
        return new TokenLogprob(
                token.tokenId(),
                generation.text(token.tokenId()),
                generation.bytes(token.tokenId()),
                token.logprob(),
                alternatives(generation, token));
    }

    static TokenLogprob of(Generation generation, PromptToken token) {
        TokenLogprobs logprobs = token.logprobs();
        if (logprobs != null) {
            return of(generation, logprobs);
        }
        int id = token.tokenId();
        return new TokenLogprob(id, generation.text(id), generation.bytes(id), null, List.of());
    }

    static List<Alternative> alternatives(Generation generation, TokenLogprobs token) {
        List<Alternative> top = new ArrayList<>();
        for (int i = 0; i < token.topIds().length; i++) {
            int id = token.topIds()[i];
            top.add(
                    new Alternative(
                            id, generation.text(id), generation.bytes(id), token.topLogprobs()[i]));
        }
        return top;
    }
}
