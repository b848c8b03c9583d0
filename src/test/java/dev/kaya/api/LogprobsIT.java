package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Log-probabilities, the best of several texts, and guesses, over HTTP. */
class LogprobsIT extends StoriesServer {

    private static final String REQUEST =
            "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 6, \"seed\": 7";

    @Test
    void everyTokenHasItsLogProbabilityAndTheLikeliestInItsPlace() {
        JsonNode plain = client().generated(REQUEST + "}");
        JsonNode answer = client().generated(REQUEST + ", \"logprobs\": 3}");

        JsonNode output = answer.get("outputs").get(0);
        assertThat(plain.get("outputs").get(0).has("logprobs")).isFalse();
        assertThat(output.get("token_ids")).isEqualTo(plain.get("outputs").get(0).get("token_ids"));
        var text = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            JsonNode token = output.get("logprobs").get(i);
            assertThat(token.propertyNames())
                    .containsExactly("token_id", "text", "bytes", "logprob", "top");
            assertThat(token.get("token_id")).isEqualTo(output.get("token_ids").get(i));
            assertThat(token.get("logprob").doubleValue()).isNegative();
            assertThat(token.get("top").size()).isEqualTo(3);
            JsonNode likeliest = token.get("top").get(0);
            assertThat(likeliest.propertyNames())
                    .containsExactly("token_id", "text", "bytes", "logprob");
            assertThat(token.get("bytes")).isEqualTo(utf8(token.get("text").stringValue()));
            assertThat(likeliest.get("bytes")).isEqualTo(utf8(likeliest.get("text").stringValue()));
            assertThat(likeliest.get("logprob").doubleValue())
                    .isGreaterThanOrEqualTo(token.get("top").get(1).get("logprob").doubleValue())
                    .isGreaterThanOrEqualTo(token.get("logprob").doubleValue());
            text.append(token.get("text").stringValue());
        }
        assertThat(text).hasToString(output.get("text").stringValue());
        assertThat(output.get("logprobs").size()).isEqualTo(6);
    }

    private static JsonNode utf8(String text) {
        ArrayNode bytes = JsonMapper.shared().createArrayNode();
        for (byte unit : text.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(Byte.toUnsignedInt(unit));
        }
        return bytes;
    }

    private static List<JsonNode> bytes(List<JsonNode> tokens) {
        return tokens.stream().map(token -> token.get("bytes")).toList();
    }

    /** 日 is three bytes, and the vocabulary has no token for them together. */
    @Test
    void aPieceOfACharacterIsToldByItsBytes() {
        String request =
                "{\"prompt\": \"x日\", \"max_new_tokens\": 4, \"logprobs\": 1, \"prompt_logprobs\": 1,"
                        + " \"response_format\": {\"type\": \"regex\", \"pattern\": \"日\"}}";
        List<JsonNode> pieces = List.of(number(230), number(151), number(165));

        JsonNode answer = client().generated(request);
        List<JsonNode> prompt = answer.get("prompt_logprobs").valueStream().toList();
        List<JsonNode> tokens = answer.get("outputs").get(0).get("logprobs").valueStream().toList();
        assertThat(answer.get("outputs").get(0).get("text").stringValue()).isEqualTo("日");
        assertThat(bytes(tokens)).isEqualTo(pieces);
        assertThat(bytes(prompt.subList(1, 4))).isEqualTo(pieces);
        assertThat(tokens).allMatch(token -> token.get("text").stringValue().equals("\uFFFD"));
        List<JsonNode> events = client().streamed(request).tokens();
        assertThat(bytes(events)).isEqualTo(pieces);
        assertThat(events.get(2).get("top").get(0).get("bytes").size()).isPositive();
        assertThat(client().streamed(REQUEST + "}").tokens())
                .noneMatch(token -> token.has("bytes"));
    }

    private static JsonNode number(int unit) {
        return JsonMapper.shared().createArrayNode().add(unit);
    }

    @Test
    void aSpecialTokenHasNoBytes() {
        JsonNode answer =
                client().generated(
                                "{\"prompt_token_ids\": [4095, 258], \"max_new_tokens\": 1,"
                                        + " \"prompt_logprobs\": 0}");

        JsonNode prompt = answer.get("prompt_logprobs");
        assertThat(prompt.get(0).get("bytes").isNull()).isTrue();
        assertThat(prompt.get(1).get("bytes")).isEqualTo(utf8(" a"));
    }

    @Test
    void aStreamTellsThemWithEachTokenAndTogetherAtItsEnd() {
        JsonNode whole = client().generated(REQUEST + ", \"logprobs\": 2}");
        Events events = client().streamed(REQUEST + ", \"logprobs\": 2}");

        JsonNode expected = whole.get("outputs").get(0).get("logprobs");
        List<JsonNode> tokens = events.tokens();
        for (int i = 0; i < tokens.size(); i++) {
            assertThat(tokens.get(i).get("logprob")).isEqualTo(expected.get(i).get("logprob"));
            assertThat(tokens.get(i).get("top")).isEqualTo(expected.get(i).get("top"));
        }
        assertThat(tokens).hasSize(6);
        assertThat(events.last().get("outputs").get(0).get("logprobs")).isEqualTo(expected);
    }

    @Test
    void thePromptIsScoredFromItsSecondTokenOn() {
        JsonNode answer = client().generated(REQUEST + ", \"prompt_logprobs\": 1}");

        JsonNode prompt = answer.get("prompt_logprobs");
        assertThat(prompt.size()).isEqualTo(4);
        assertThat(prompt.get(0).get("logprob").isNull()).isTrue();
        assertThat(prompt.get(0).get("top").size()).isZero();
        var text = new StringBuilder();
        for (JsonNode token : prompt) {
            text.append(token.get("text").stringValue());
        }
        assertThat(text).hasToString("Once upon a time");
        assertThat(prompt.get(3).get("logprob").doubleValue()).isNegative();
        assertThat(prompt.get(3).get("top").size()).isEqualTo(1);
        Events events = client().streamed(REQUEST + ", \"prompt_logprobs\": 1}");
        assertThat(events.last().get("prompt_logprobs")).isEqualTo(prompt);
        assertThat(answer.get("outputs").get(0).has("logprobs")).isFalse();
    }

    @Test
    void theBestOfSeveralIsAmongThem() {
        JsonNode drawn = client().generated(REQUEST + ", \"n\": 5}");
        JsonNode best = client().generated(REQUEST + ", \"best_of\": 5}");

        assertThat(best.get("outputs").size()).isEqualTo(1);
        List<JsonNode> ids =
                drawn.get("outputs").valueStream().map(output -> output.get("token_ids")).toList();
        assertThat(ids).contains(best.get("outputs").get(0).get("token_ids"));
        assertThat(best.get("outputs").get(0).get("index").intValue()).isZero();
        assertThat(best.get("usage").get("completion_tokens").intValue()).isEqualTo(30);
    }

    @Test
    void theBestCannotBeKnownWhileTheyStream() {
        client().generate("{\"best_of\": 2, \"stream\": true}")
                .isProblem(
                        BAD_REQUEST,
                        "conflicting_fields",
                        "best_of above n and stream cannot both be given: which texts are the"
                                + " likeliest is known at the end",
                        "\"field\": \"best_of\"");
        assertThat(client().streamed(REQUEST + ", \"n\": 2, \"best_of\": 2}").tokens()).hasSize(12);
    }

    @Test
    void refusesFewerThanAreAnsweredAndMoreThanAreAllowed() {
        client().generate("{\"n\": 3, \"best_of\": 2}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "best_of must be at least n, 3; given 2",
                        "\"field\": \"best_of\", \"limit\": 3, \"given\": 2");
        client().generate("{\"best_of\": 65}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "best_of must be at most 64; given 65",
                        "\"field\": \"best_of\", \"limit\": 64, \"given\": 65");
    }

    @ParameterizedTest
    @ValueSource(strings = {"logprobs", "prompt_logprobs"})
    void tellsAtMostTwentyAlternatives(String field) {
        client().generate("{\"%s\": 21}".formatted(field))
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        field + " must be from 0 to 20; given 21",
                        "\"field\": \"%s\", \"limit\": 20, \"given\": 21".formatted(field));
        client().generate("{\"%s\": -1}".formatted(field))
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        field + " must be from 0 to 20; given -1",
                        "\"field\": \"%s\", \"limit\": 0, \"given\": -1".formatted(field));
        JsonNode most = client().generated(REQUEST + ", \"%s\": 20}".formatted(field));
        assertThat(most.get("outputs").size()).isEqualTo(1);
    }

    @Test
    void guessingAheadChangesNothingButCounts() {
        String request =
                "{\"prompt\": \"%s\", \"max_new_tokens\": 60, \"temperature\": 0"
                        .formatted("the cat and the dog and ".repeat(6));
        Metrics before = client().metrics();
        JsonNode plain = client().generated(request + "}");
        Metrics between = client().metrics();
        JsonNode ahead = client().generated(request + ", \"speculate\": true}");
        Metrics after = client().metrics();

        String accepted = "result=\"accepted\"";
        String name = "kaya_speculated_tokens_total";
        assertThat(ahead.get("outputs")).isEqualTo(plain.get("outputs"));
        assertThat(between.value(name)).isEqualTo(before.value(name));
        assertThat(after.value(name, accepted)).isGreaterThan(before.value(name, accepted));
    }
}
