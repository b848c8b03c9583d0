package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.api.web.RequestDoor;
import dev.kaya.service.GenerationService;
import dev.kaya.service.answer.TokenizedText;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Text to tokens and back, for people who count them. */
@RestController
@Tag(name = "Tokens", description = "Text to token ids and back.")
class TokenizationController {

    private final GenerationService service;
    private final RequestDoor door;
    private final JsonMapper json;

    TokenizationController(GenerationService service, RequestDoor door, JsonMapper json) {
        this.service = service;
        this.door = door;
        this.json = json;
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
    record DetokenizeResponse(@JsonProperty("text") StreamedText text) {}

    @Operation(summary = "Tokenize a text")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = TokenizeRequest.class)))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = TokenizeResponse.class)))
    @PostMapping(
            path = "/v1/tokenize",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    void tokenize(HttpServletRequest servletRequest, HttpServletResponse response)
            throws IOException, InterruptedException {
        try (TokenizedText tokens = tokenized(servletRequest)) {
            write(response, new TokenizeResponse(tokens.tokenIds(), tokens.texts()));
        }
    }

    /** Nothing of the body outlives this. */
    private TokenizedText tokenized(HttpServletRequest servletRequest) throws InterruptedException {
        try (RequestDoor.Entered entered = door.enter(servletRequest)) {
            TokenizeRequest request = entered.read(TokenizeRequest.class);
            String text = request.text();
            if (text == null) {
                throw missing(RequestField.TEXT);
            }
            return service.tokenize(text, Boolean.TRUE.equals(request.allowSpecialTokens()));
        }
    }

    @Operation(summary = "Turn tokens into text")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = DetokenizeRequest.class)))
    @ApiResponse(
            responseCode = "200",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = DetokenizeResponse.class)))
    @PostMapping(
            path = "/v1/detokenize",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.APPLICATION_JSON_VALUE)
    void detokenize(HttpServletRequest servletRequest, HttpServletResponse response)
            throws IOException, InterruptedException {
        try (TokenizedText tokens = given(servletRequest)) {
            write(response, new DetokenizeResponse(new StreamedText(tokens.reader())));
        }
    }

    /** Nothing of the body outlives this but the ids. */
    private TokenizedText given(HttpServletRequest servletRequest) throws InterruptedException {
        try (RequestDoor.Entered entered = door.enter(servletRequest)) {
            int[] ids = entered.read(DetokenizeRequest.class).tokenIds();
            if (ids == null) {
                throw missing(RequestField.TOKEN_IDS);
            }
            return service.detokenize(ids);
        }
    }

    private void write(HttpServletResponse response, Object answer) throws IOException {
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        json.writeValue(response.getOutputStream(), answer);
    }

    private static GenerationException missing(Location field) {
        return GenerationException.Invalid.field(
                "missing_field", field, Wording.of(field, " is missing"));
    }
}
