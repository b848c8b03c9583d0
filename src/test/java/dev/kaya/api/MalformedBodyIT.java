package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Bodies that are no JSON, or JSON of another shape than a request: each is told what it is. */
class MalformedBodyIT extends StoriesServer {

    private static final String KNOWN =
            "allow_special_tokens, best_of, context_overflow, early_stopping, echo,"
                    + " frequency_penalty, ignore_eos, length_penalty, logit_bias, logprobs,"
                    + " max_new_tokens, min_new_tokens, min_p, model, n, no_repeat_ngram_size,"
                    + " num_beams, presence_penalty, preset, prompt, prompt_logprobs,"
                    + " prompt_token_ids, repetition_penalty, repetition_window, response_format,"
                    + " seed, speculate, stop, stop_token_ids, stream, temperature, timeout_ms, top_k, top_p,"
                    + " typical_p";

    private void malformed(String body, int line, int column) {
        client().generate(body)
                .isProblem(
                        BAD_REQUEST,
                        "malformed_json",
                        "the body is not JSON at line %d, column %d".formatted(line, column),
                        "\"line\": %d, \"column\": %d".formatted(line, column));
    }

    private void wrongType(String body, String field, String rule, int column) {
        client().generate(body)
                .isProblem(
                        BAD_REQUEST,
                        "wrong_type",
                        field + " must be " + rule,
                        "\"field\": \"%s\", \"line\": 1, \"column\": %d".formatted(field, column));
    }

    private void noInteger(String field, String value) {
        String body = "{\"" + field + "\":" + value + "}";
        wrongType(body, field, "a whole number of 32 bits", body.indexOf(':') + 2);
    }

    private void notAnObject(String body) {
        client().generate(body)
                .isProblem(
                        BAD_REQUEST,
                        "wrong_type",
                        "the body must be a JSON object",
                        "\"line\": 1, \"column\": 1");
    }

    private void empty(String body) {
        client().generate(body)
                .isProblem(
                        BAD_REQUEST,
                        "empty_body",
                        "the body is empty; send a JSON object, {} at least");
    }

    private void invalidUtf8(byte... value) {
        byte[] body = "{\"prompt\": \"????\"}".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(value, 0, body, 12, value.length);
        client().send(client().posting("/v1/generate", BodyPublishers.ofByteArray(body)))
                .isProblem(BAD_REQUEST, "invalid_utf8", "the body is not valid UTF-8");
    }

    @Test
    void namesLineAndColumnOfAWordWithoutQuotes() {
        malformed("{\"prompt\": \"x\", oops}", 1, 17);
    }

    @Test
    void namesLineAndColumnInALaterLine() {
        malformed("{\n  \"prompt\": \"x\",\n  \"seed\": ?}", 3, 11);
    }

    @Test
    void countsColumnsInCharactersAndNotInBytes() {
        malformed("{\"prompt\": \"übergroße Äpfel\", ?}", 1, 31);
    }

    @Test
    void namesThePlaceWhereACutBodyEnds() {
        malformed("{\"prompt\": \"x", 1, 14);
    }

    @Test
    void refusesACommaBeforeTheBrace() {
        malformed("{\"seed\": 7,}", 1, 12);
    }

    @Test
    void refusesACommentBecauseItIsNoJson() {
        malformed("{/* */}", 1, 2);
    }

    @Test
    void refusesSingleQuotes() {
        malformed("{'seed': 7}", 1, 2);
    }

    @Test
    void refusesALineBreakInAString() {
        malformed("{\"prompt\": \"a\nb\"}", 1, 14);
    }

    @Test
    void refusesGarbageBehindTheObject() {
        malformed("{} x", 1, 4);
    }

    @Test
    void refusesASecondObjectBehindTheFirst() {
        malformed("{}{}", 1, 3);
    }

    @Test
    void refusesNestingWithoutEnd() {
        Answer answer = client().generate("{\"x\":" + "[".repeat(100_000));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"malformed_json\"");
    }

    @Test
    void refusesABodyThatIsNoUtf8() {
        invalidUtf8((byte) 0xFF);
    }

    @Test
    void refusesOverlongUtf8() {
        invalidUtf8((byte) 0xC0, (byte) 0xAF);
    }

    @Test
    void refusesSurrogatesInUtf8() {
        invalidUtf8((byte) 0xED, (byte) 0xA0, (byte) 0x80);
    }

    @Test
    void refusesHalfACharacter() {
        invalidUtf8((byte) 0xE4, (byte) 0xB8);
    }

    @Test
    void namesAnUnknownField() {
        client().generate("{\"promt\": \"x\"}")
                .isProblem(
                        BAD_REQUEST,
                        "unknown_field",
                        "there is no field promt, prompt may be meant; known are " + KNOWN,
                        "\"field\": \"promt\"");
    }

    @Test
    void refusesAFieldWhoseNameDiffersInCase() {
        client().generate("{\"Prompt\": \"x\"}")
                .isProblem(
                        BAD_REQUEST,
                        "unknown_field",
                        "there is no field Prompt, prompt may be meant; known are " + KNOWN,
                        "\"field\": \"Prompt\"");
    }

    @Test
    void namesAFieldThatStandsTwice() {
        client().generate("{\"seed\": 7, \"seed\": 8}")
                .isProblem(
                        BAD_REQUEST,
                        "duplicate_field",
                        "the field seed occurs twice",
                        "\"field\": \"seed\"");
    }

    @Test
    void refusesAFractionForAnInteger() {
        noInteger("max_new_tokens", "5.5");
        noInteger("top_k", "5.5");
    }

    @Test
    void refusesAFractionWithoutARestForAnInteger() {
        noInteger("max_new_tokens", "5.0");
        noInteger("max_new_tokens", "1e2");
    }

    @Test
    void refusesAStringForAnInteger() {
        noInteger("max_new_tokens", "\"5\"");
        noInteger("max_new_tokens", "\"\"");
        noInteger("top_k", "\"5\"");
    }

    @Test
    void refusesABooleanForAnInteger() {
        noInteger("max_new_tokens", "true");
    }

    @Test
    void refusesAnArrayForAnInteger() {
        noInteger("max_new_tokens", "[5]");
    }

    @Test
    void refusesANumberTooLargeForAnInteger() {
        noInteger("max_new_tokens", "2147483648");
        noInteger("top_k", "-2147483649");
    }

    @Test
    void refusesANumberTooLargeForTheSeed() {
        wrongType("{\"seed\":9223372036854775808}", "seed", "a whole number of 64 bits", 9);
    }

    @Test
    void refusesAFractionForTheSeed() {
        wrongType("{\"seed\":1.5}", "seed", "a whole number of 64 bits", 9);
    }

    @Test
    void refusesAStringForTheTimeout() {
        wrongType("{\"timeout_ms\":\"9\"}", "timeout_ms", "a whole number of 64 bits", 15);
    }

    @Test
    void refusesAStringForANumber() {
        wrongType("{\"temperature\":\"1\"}", "temperature", "a number", 16);
        wrongType("{\"top_p\":\"\"}", "top_p", "a number", 10);
    }

    @Test
    void refusesABooleanForANumber() {
        wrongType("{\"temperature\":false}", "temperature", "a number", 16);
    }

    @Test
    void refusesANumberForAString() {
        wrongType("{\"prompt\":1}", "prompt", "a string", 11);
        wrongType("{\"model\":1.5}", "model", "a string", 10);
    }

    @Test
    void refusesABooleanForAString() {
        wrongType("{\"context_overflow\":true}", "context_overflow", "a string", 21);
    }

    @Test
    void refusesAnArrayOrAnObjectForAString() {
        wrongType("{\"prompt\":[\"a\"]}", "prompt", "a string", 11);
        wrongType("{\"prompt\":{}}", "prompt", "a string", 11);
    }

    @Test
    void refusesAStringForABoolean() {
        wrongType("{\"stream\":\"true\"}", "stream", "true or false", 11);
        wrongType("{\"ignore_eos\":\"\"}", "ignore_eos", "true or false", 15);
    }

    @Test
    void refusesANumberForABoolean() {
        wrongType("{\"stream\":1}", "stream", "true or false", 11);
        wrongType("{\"allow_special_tokens\":0}", "allow_special_tokens", "true or false", 25);
    }

    @Test
    void refusesAnythingButIntegersAmongTokenIds() {
        String rule = "a whole number of 32 bits";
        for (String value : new String[] {"null", "1.5", "\"1\"", "true", "[1]", "2147483648"}) {
            wrongType("{\"prompt_token_ids\":[1," + value + "]}", "prompt_token_ids[1]", rule, 24);
        }
    }

    @Test
    void refusesAnythingButAnArrayForTokenIds() {
        String rule = "an array of whole numbers";
        for (String value : new String[] {"1", "\"1\"", "\"\"", "{}", "true"}) {
            wrongType("{\"prompt_token_ids\":" + value + "}", "prompt_token_ids", rule, 21);
        }
    }

    @Test
    void takesNullForAbsent() {
        String nulls =
                "{\"prompt\":null,\"prompt_token_ids\":null,\"model\":null,\"temperature\":null,"
                        + "\"top_k\":null,\"top_p\":null,\"ignore_eos\":null,\"timeout_ms\":null,"
                        + "\"allow_special_tokens\":null,\"context_overflow\":null,\"stream\":null,"
                        + "\"max_new_tokens\":null,\"seed\":7}";
        assertThat(client().generated(nulls).get("outputs"))
                .isEqualTo(client().generated("{\"seed\":7}").get("outputs"));
    }

    @Test
    void drawsASeedForNull() {
        assertThat(
                        client().generated("{\"max_new_tokens\":1,\"seed\":null}")
                                .get("seed")
                                .isNumber())
                .isTrue();
    }

    @Test
    void takesAnIntegerForANumber() {
        assertThat(client().generate("{\"max_new_tokens\":1,\"temperature\":1}").status())
                .isEqualTo(200);
    }

    @Test
    void refusesAnEmptyBody() {
        empty("");
    }

    @Test
    void refusesABodyOfBlanks() {
        empty(" \n ");
    }

    @Test
    void refusesABodyOfNull() {
        notAnObject("null");
    }

    @Test
    void refusesAnArrayForABody() {
        notAnObject("[]");
    }

    @Test
    void refusesAStringForABody() {
        notAnObject("\"\"");
    }

    @Test
    void refusesANumberForABody() {
        notAnObject("5");
    }
}
