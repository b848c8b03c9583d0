package dev.kaya.service;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;

/** What a client wants a text to look like, as it came. */
@Schema(
        description =
                "What the text looks like, whatever is sampled. It is finished within"
                        + " max_new_tokens; what cannot be is refused.")
public record ResponseFormat(
        @JsonProperty("type")
                @Schema(
                        description = "Which of the two is given.",
                        allowableValues = {"json_schema", "regex"},
                        example = "json_schema")
                @Nullable String type,
        @JsonProperty("json_schema") @Schema(description = "For type json_schema.", nullable = true)
                @Nullable JsonSchema jsonSchema,
        @JsonProperty("pattern")
                @Schema(
                        description =
                                "For type regex: a regular expression that the whole text matches."
                                        + " Lookaround and back references are not supported.",
                        example = "(yes|no)",
                        nullable = true)
                @Nullable String pattern) {

    /** A JSON Schema. */
    @Schema(description = "The text is one line of JSON.")
    public record JsonSchema(
            @JsonProperty("schema")
                    @JsonDeserialize(using = ExactJson.class)
                    @Schema(
                            description =
                                    "A JSON Schema (draft 2020-12) by which the JSON is valid. Only"
                                            + " listed properties are written, in their order."
                                            + " Keywords that are not supported are refused by"
                                            + " name.",
                            implementation = Object.class,
                            example = "{\"type\": \"object\"}")
                    @Nullable JsonNode schema) {}
}
