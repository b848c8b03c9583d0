package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.service.request.ResponseFormat;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;

/** What a client wants a text to look like, as it came. */
@Schema(
        name = "ResponseFormat",
        description =
                "What the text looks like, whatever is sampled. It is finished within"
                        + " max_new_tokens; what cannot be is refused.")
public record RequestedFormat(
        @JsonProperty("type")
                @Schema(
                        description =
                                "text: anything. json_object: one JSON object, in which arrays and"
                                        + " objects stand at most two deep. json_schema and regex:"
                                        + " what the schema or pattern says.",
                        allowableValues = {"text", "json_object", "json_schema", "regex"},
                        example = "json_schema")
                @Nullable String type,
        @JsonProperty("json_schema") @Schema(description = "For type json_schema.", nullable = true)
                @Nullable JsonSchema jsonSchema,
        @JsonProperty("schema")
                @JsonDeserialize(using = ExactJson.class)
                @Schema(
                        description = "For type json_schema, in the place of json_schema.schema.",
                        implementation = Object.class,
                        nullable = true)
                @Nullable JsonNode schema,
        @JsonProperty("pattern")
                @Schema(
                        description =
                                "For type regex: a regular expression that the whole text matches."
                                        + " Lookaround and back references are not supported.",
                        example = "(yes|no)",
                        nullable = true)
                @Nullable String pattern) {

    /** A JSON Schema, with what OpenAI's clients write beside it. */
    @Schema(description = "The text is one line of JSON.")
    public record JsonSchema(
            @JsonProperty("name")
                    @Schema(
                            description = "A name for people; it changes nothing.",
                            example = "answer",
                            nullable = true)
                    @Nullable String name,
            @JsonProperty("description")
                    @Schema(
                            description = "A remark for people; it changes nothing.",
                            nullable = true)
                    @Nullable String description,
            @JsonProperty("strict")
                    @Schema(
                            description = "Changes nothing: every answer is valid by the schema.",
                            nullable = true)
                    @Nullable Boolean strict,
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

    /** The same without names and annotations of this API. */
    ResponseFormat toSpec() {
        return new ResponseFormat(
                type,
                jsonSchema == null ? null : new ResponseFormat.JsonSchema(jsonSchema.schema()),
                schema,
                pattern);
    }
}
