package dev.kaya.service.request;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a caller wants a text to look like. Which parts must be given depends on the type.
 *
 * @param type {@code text}, {@code json_object}, {@code json_schema} or {@code regex}
 * @param jsonSchema for {@code json_schema}
 * @param schema for {@code json_schema} too, in the place of {@code jsonSchema.schema}
 * @param pattern for {@code regex}: what the whole text matches
 */
public record ResponseFormat(
        @Nullable String type,
        @Nullable JsonSchema jsonSchema,
        @Nullable JsonNode schema,
        @Nullable String pattern) {

    /**
     * A JSON Schema within its wrapper.
     *
     * @param schema decimals as they were written
     */
    public record JsonSchema(@Nullable JsonNode schema) {}
}
