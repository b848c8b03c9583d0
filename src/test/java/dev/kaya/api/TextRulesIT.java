package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;
import static org.springframework.http.HttpStatus.CONTENT_TOO_LARGE;

import dev.kaya.api.web.CheckedParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JSON that is well-formed and still cannot be taken: half characters, endless numbers, heaps. */
class TextRulesIT extends StoriesServer {

    private static final String MOST = "1".repeat(1_000);

    private void halfAPair(String path, String body, String field, int character, int column) {
        client().post(path, body)
                .isProblem(
                        BAD_REQUEST,
                        "invalid_unicode",
                        "%s must be Unicode text; given half a surrogate pair at character %d"
                                .formatted(field, character),
                        "\"field\": \"%s\", \"line\": 1, \"column\": %d".formatted(field, column));
    }

    @ParameterizedTest
    @CsvSource({
        "prompt, 1, 'a\\ud83d'",
        "prompt, 0, '\\udc00a'",
        "prompt, 2, '\\ud83d\\ude00\\ude00'",
        "prompt, 0, '\\ud83d\\ud83d\\ude00'",
        "model, 0, '\\ud83d'",
        "preset, 0, '\\ud83d'",
        "context_overflow, 0, '\\ud83d'",
        "stop, 3, 'end\\ud83d'",
    })
    void refusesHalfASurrogatePairInAnyText(String field, int character, String escaped) {
        String body = "{\"%s\":\"%s\"}".formatted(field, escaped);
        halfAPair("/v1/generate", body, field, character, body.indexOf(':') + 2);
    }

    @Test
    void namesThePlaceOfHalfAPair() {
        halfAPair("/v1/generate", "{\"stop\":[\"a\",\"\\ud83d\"]}", "stop[1]", 0, 14);
        halfAPair("/v1/tokenize", "{\"text\":\"a\\ud83d\"}", "text", 1, 9);
        halfAPair(
                "/v1/generate",
                "{\"response_format\":{\"type\":\"regex\",\"pattern\":\"\\udfff\"}}",
                "response_format.pattern",
                0,
                46);
        halfAPair(
                "/v1/generate",
                "{\"response_format\":{\"json_schema\":{\"schema\":{\"enum\":[\"\\ud83d\"]}}}}",
                "response_format.json_schema.schema.enum[0]",
                0,
                54);
    }

    @Test
    void refusesHalfAPairInAName() {
        halfAPair("/v1/generate", "{\"\\ud83d\":1}", "\uFFFD", 0, 2);
        halfAPair("/v1/generate", "{\"logit_bias\":{\"\\ud83d\":1}}", "logit_bias.\uFFFD", 0, 16);
    }

    @Test
    void takesWholePairs() {
        String text =
                client().generated(
                                "{\"prompt\": \"a\\ud83d\\ude00\", \"stop\": \"\\ud83d\\ude00\","
                                        + " \"max_new_tokens\": 1, \"echo\": true}")
                        .get("outputs")
                        .get(0)
                        .get("text")
                        .stringValue();
        assertThat(text).startsWith("a\uD83D\uDE00");
    }

    @Test
    void aQuotedTextIsNotCutInTheMidstOfACharacter() {
        String given = "a".repeat(39) + "\uD83D\uDE00".repeat(2);
        client().generate("{\"preset\": \"" + given + "\"}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "preset must be greedy, focused, balanced or creative; given '"
                                + "a".repeat(39)
                                + "…'",
                        "\"field\": \"preset\", \"limit\": \"greedy, focused, balanced, creative\","
                                + " \"given\": \"'"
                                + "a".repeat(39)
                                + "…'\"");
    }

    private void tooLong(String path, String body, String field, int digits) {
        client().post(path, body)
                .isProblem(
                        BAD_REQUEST,
                        "number_too_long",
                        field + " must be a number of at most 1000 digits; given " + digits,
                        "\"field\": \"%s\", \"limit\": 1000, \"given\": %d"
                                .formatted(field, digits));
    }

    @Test
    void namesTheFieldAndTheLimitOfANumberWithoutEnd() {
        tooLong("/v1/generate", "{\"n\":" + MOST + "1}", "n", 1001);
        tooLong(
                "/v1/generate",
                "{\"max_new_tokens\":" + "9".repeat(5_000) + "}",
                "max_new_tokens",
                5_000);
        tooLong("/v1/generate", "{\"temperature\":0." + MOST.repeat(5) + "}", "temperature", 5000);
        tooLong("/v1/detokenize", "{\"token_ids\":[1," + MOST + "1]}", "token_ids[1]", 1001);
        tooLong(
                "/v1/generate",
                "{\"response_format\":{\"json_schema\":{\"schema\":{\"enum\":[" + MOST + "1]}}}}",
                "response_format.json_schema.schema.enum[0]",
                1001);
    }

    @Test
    void readsANumberOfAThousandDigits() {
        client().generate("{\"n\":" + MOST + "}")
                .isProblem(
                        BAD_REQUEST,
                        "wrong_type",
                        "n must be a whole number of 32 bits",
                        "\"field\": \"n\", \"line\": 1, \"column\": 6");
    }

    /** A body of so many names and values. */
    private static String values(int count) {
        int others = 15; // seven names, four objects, the array and three values
        return "{\"max_new_tokens\":1,\"response_format\":{\"type\":\"regex\",\"pattern\":\"a\","
                + "\"json_schema\":{\"schema\":{\"enum\":["
                + "{},".repeat(count - others - 1)
                + "0]}}}}";
    }

    @Test
    void boundsTheValuesOfABody() {
        Answer most = client().generate(values(CheckedParser.MOST_VALUES));
        assertThat(most.status()).as(most.body()).isEqualTo(400);
        assertThat(most.body()).contains("conflicting_fields");

        Answer more = client().generate(values(CheckedParser.MOST_VALUES + 1));
        assertThat(more.status()).as(more.body()).isEqualTo(CONTENT_TOO_LARGE.value());
        assertThat(more.body()).contains("too_many_values", "\"limit\":50000");
        assertThat(more.body()).contains("response_format.json_schema.schema.enum[");
    }

    @Test
    void countsNoTokenIds() {
        String ids = "1,".repeat(CheckedParser.MOST_VALUES) + "1";
        assertThat(client().post("/v1/detokenize", "{\"token_ids\":[" + ids + "]}").status())
                .isEqualTo(200);
    }
}
