package dev.kaya.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.service.GenerationException;
import dev.kaya.service.GenerationService;
import dev.kaya.service.GenerationService.TokenText;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Text to tokens and back, for people who count them. */
@RestController
@Tag(name = "Tokens", description = "Text to token ids and back.")
class TokenizationController {

    private final GenerationService service;

    TokenizationController(GenerationService service) {
        this.service = service;
    }

    /** What to tokenize. */
    @Schema(description = "A text to tokenize.")
    record TokenizeRequest(
            @JsonProperty("text")
                    @Schema(
                            description = "The text.",
                            example = "Once upon a time",
                            requiredMode = Schema.RequiredMode.REQUIRED)
                    @Nullable String text,
            @JsonProperty("allow_special_tokens")
                    @Schema(
                            description =
                                    "Whether special tokens written in the text become those"
                                            + " tokens.",
                            defaultValue = "false")
                    @Nullable Boolean allowSpecialTokens) {}

    /** Tokens of a text. */
    @Schema(description = "The tokens of a text, without a beginning-of-text token.")
    record TokenizeResponse(
            @JsonProperty("token_ids") List<Integer> tokenIds,
            @JsonProperty("tokens")
                    @Schema(
                            description =
                                    "The text of each token; U+FFFD for bytes that are no"
                                            + " characters by themselves.")
                    List<String> tokens) {}

    /** What to detokenize. */
    @Schema(description = "Token ids to turn into text.")
    record DetokenizeRequest(
            @JsonProperty("token_ids")
                    @Schema(description = "The ids.", requiredMode = Schema.RequiredMode.REQUIRED)
                    int @Nullable [] tokenIds) {}

    /** The text of tokens. */
    @Schema(description = "The text of token ids, special tokens included.")
    record DetokenizeResponse(@JsonProperty("text") String text) {}

    @Operation(summary = "Tokenize a text")
    @PostMapping(
            path = "/v1/tokenize",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    TokenizeResponse tokenize(@RequestBody TokenizeRequest request) {
        String text = request.text();
        if (text == null) {
            throw missing("text");
        }
        List<TokenText> tokens =
                service.tokenize(text, Boolean.TRUE.equals(request.allowSpecialTokens()));
        List<Integer> ids = new ArrayList<>(tokens.size());
        List<String> texts = new ArrayList<>(tokens.size());
        for (TokenText token : tokens) {
            ids.add(token.tokenId());
            texts.add(token.text());
        }
        return new TokenizeResponse(ids, texts);
    }

    @Operation(summary = "Turn tokens into text")
    @PostMapping(
            path = "/v1/detokenize",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    DetokenizeResponse detokenize(@RequestBody DetokenizeRequest request) {
        int[] ids = request.tokenIds();
        if (ids == null) {
            throw missing("token_ids");
        }
        return new DetokenizeResponse(service.detokenize(ids));
    }

    private static GenerationException missing(String field) {
        return GenerationException.Invalid.field("missing_field", field, field + " is missing");
    }
}
