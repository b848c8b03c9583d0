package dev.kaya.api.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.service.fault.FieldNames;
import dev.kaya.service.fault.GenerationException;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** What is wrong, as problem details (RFC 9457). */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(description = "Problem details, RFC 9457.")
public record Problem(
        @JsonProperty("type") @Schema(example = "about:blank") String type,
        @JsonProperty("title") @Schema(example = "Bad Request") String title,
        @JsonProperty("status") @Schema(example = "400") int status,
        @JsonProperty("detail")
                @Schema(
                        description = "For people.",
                        example = "max_new_tokens must be at least 0; given -1")
                String detail,
        @JsonProperty("code")
                @Schema(description = "For programs; stable.", example = "out_of_range")
                String code,
        @JsonProperty("field")
                @Schema(description = "The field at fault.", example = "max_new_tokens")
                @Nullable String field,
        @JsonProperty("limit")
                @Schema(
                        description = "The bound that was broken: a number, or words.",
                        example = "0",
                        types = {"number", "string"})
                @Nullable Object limit,
        @JsonProperty("given")
                @Schema(
                        description = "What was given.",
                        example = "-1",
                        types = {"number", "string"})
                @Nullable Object given,
        @JsonProperty("line") @Schema(description = "Line of malformed JSON, from 1.")
                @Nullable Integer line,
        @JsonProperty("column") @Schema(description = "Column of malformed JSON, from 1.")
                @Nullable Integer column) {

    public static Problem of(HttpStatus status, String code, String detail) {
        return of(status, code, detail, null, null, null);
    }

    public static Problem of(
            HttpStatus status,
            String code,
            String detail,
            @Nullable String field,
            @Nullable Object limit,
            @Nullable Object given) {
        return new Problem(
                "about:blank",
                status.getReasonPhrase(),
                status.value(),
                detail,
                code,
                field,
                limit,
                given,
                null,
                null);
    }

    /** The one place where a kind of mistake becomes a status. */
    public static Problem of(GenerationException exception) {
        String detail = String.valueOf(exception.getMessage());
        return switch (exception) {
            case GenerationException.Invalid e ->
                    of(
                            HttpStatus.BAD_REQUEST,
                            e.code(),
                            e.wording(FieldNames.NATIVE),
                            e.location().in(FieldNames.NATIVE),
                            e.limit(),
                            e.given());
            case GenerationException.UnknownModel e ->
                    of(HttpStatus.NOT_FOUND, e.code(), detail, "model", null, null);
            case GenerationException.Overloaded e ->
                    of(HttpStatus.TOO_MANY_REQUESTS, e.code(), detail, null, e.limit(), null);
            case GenerationException.Unavailable e ->
                    of(HttpStatus.SERVICE_UNAVAILABLE, e.code(), detail);
            case GenerationException.Failed e ->
                    of(HttpStatus.INTERNAL_SERVER_ERROR, e.code(), detail);
        };
    }

    /** The same with the place in the body. */
    public Problem at(@Nullable Integer line, @Nullable Integer column) {
        return new Problem(type, title, status, detail, code, field, limit, given, line, column);
    }
}
