package dev.kaya.api;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Beam search over HTTP. */
class BeamsIT extends StoriesServer {

    private static final String REQUEST =
            "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 12, \"seed\": 1";

    private void refused(String members, String field, String detail) {
        client().generate("{\"num_beams\": 2, " + members + "}")
                .isProblem(
                        BAD_REQUEST,
                        "conflicting_fields",
                        detail,
                        "\"field\": \"%s\"".formatted(field));
    }

    @Test
    void answersWithTheBestTextsTheBestFirst() {
        JsonNode greedy = client().generated(REQUEST + ", \"temperature\": 0, \"logprobs\": 0}");
        JsonNode answer =
                client().generated(REQUEST + ", \"num_beams\": 4, \"n\": 3, \"logprobs\": 0}");

        assertThat(answer.get("outputs").size()).isEqualTo(3);
        double before = 0;
        for (JsonNode output : answer.get("outputs")) {
            double sum = sum(output);
            if (before != 0) {
                assertThat(sum).isLessThanOrEqualTo(before);
            }
            before = sum;
            assertThat(output.get("token_ids").size()).isEqualTo(12);
            assertThat(output.get("finish_reason").stringValue()).isEqualTo("length");
        }
        assertThat(sum(answer.get("outputs").get(0)))
                .isGreaterThanOrEqualTo(sum(greedy.get("outputs").get(0)));
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(36);
        JsonNode one = client().generated(REQUEST + ", \"num_beams\": 4, \"temperature\": 0}");
        assertThat(one.get("outputs").get(0).get("token_ids"))
                .isEqualTo(answer.get("outputs").get(0).get("token_ids"));
    }

    private static double sum(JsonNode output) {
        double sum = 0;
        for (JsonNode token : output.get("logprobs")) {
            sum += token.get("logprob").doubleValue();
        }
        return sum;
    }

    @Test
    void oneBeamIsNone() {
        assertThat(client().generated(REQUEST + ", \"num_beams\": 1}").get("outputs"))
                .isEqualTo(client().generated(REQUEST + "}").get("outputs"));
    }

    @Test
    void refusesWhatBeamsCannotDo() {
        refused(
                "\"temperature\": 0.5",
                "temperature",
                "num_beams above 1 and a temperature other than 0 cannot both be given");
        refused(
                "\"preset\": \"creative\"",
                "temperature",
                "num_beams above 1 and a temperature other than 0 cannot both be given");
        refused(
                "\"stream\": true",
                "num_beams",
                "num_beams above 1 and stream cannot both be given: which texts are the best is"
                        + " known at the end");
        refused("\"best_of\": 2", "best_of", "num_beams above 1 and best_of cannot both be given");
        refused(
                "\"speculate\": true",
                "speculate",
                "num_beams above 1 and speculate cannot both be given");
        refused(
                "\"context_overflow\": \"slide\"",
                "context_overflow",
                "num_beams above 1 and context_overflow slide cannot both be given");
    }

    @Test
    void refusesTextsThatWouldOutgrowTheContext() {
        client().generate("{\"prompt\": \"Once\", \"num_beams\": 2, \"max_new_tokens\": 257}")
                .isProblem(
                        BAD_REQUEST,
                        "context_exceeded",
                        "the prompt's 1 tokens and max_new_tokens 257 exceed the context of 256",
                        "\"field\": \"prompt\", \"limit\": 256, \"given\": 1");
    }

    @Test
    void refusesNumbersOutOfRange() {
        outOfRange("\"num_beams\": 0", "num_beams", "be at least 1", "1", "0");
        outOfRange("\"num_beams\": 65", "num_beams", "be at most 64", "64", "65");
        outOfRange(
                "\"num_beams\": 33",
                "num_beams",
                "be at most 32 for texts of this length",
                "32",
                "33");
        outOfRange("\"num_beams\": 2, \"n\": 3", "n", "be at most num_beams, 2", "2", "3");
        outOfRange(
                "\"num_beams\": 2, \"length_penalty\": 10.5",
                "length_penalty",
                "be from -10 to 10",
                "10",
                "10.5");
    }

    private void outOfRange(String members, String field, String rule, String limit, String given) {
        client().generate("{" + members + "}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        field + " must " + rule + "; given " + given,
                        "\"field\": \"%s\", \"limit\": %s, \"given\": %s"
                                .formatted(field, limit, given));
    }

    @Test
    void refusesItsOptionsWithoutIt() {
        client().generate("{\"length_penalty\": 2}")
                .isProblem(
                        BAD_REQUEST,
                        "conflicting_fields",
                        "length_penalty has no effect without num_beams above 1",
                        "\"field\": \"length_penalty\"");
        client().generate("{\"early_stopping\": true, \"num_beams\": 1}")
                .isProblem(
                        BAD_REQUEST,
                        "conflicting_fields",
                        "early_stopping has no effect without num_beams above 1",
                        "\"field\": \"early_stopping\"");
    }

    /** As many beams, ends and strings as may be: each is looked up, none is tried against all. */
    @Test
    void searchesWithAsManyEndsAsMayBe() {
        String ids = IntStream.range(200, 456).mapToObj(Integer::toString).collect(joining(", "));
        String texts =
                IntStream.range(0, 16)
                        .mapToObj(i -> "\"" + " the".repeat(245) + "y" + "z".repeat(i) + "\"")
                        .collect(joining(", "));
        JsonNode answer =
                client().generated(
                                "{\"prompt\": \"Once\", \"max_new_tokens\": 24, \"num_beams\": 32,"
                                        + " \"n\": 32, \"stop_token_ids\": ["
                                        + ids
                                        + "], \"stop\": ["
                                        + texts
                                        + "], \"logit_bias\": {\"500\": 4}}");

        assertThat(answer.get("outputs").size()).isEqualTo(32);
        int tokens = 0;
        for (JsonNode output : answer.get("outputs")) {
            for (JsonNode id : output.get("token_ids")) {
                assertThat(id.intValue()).matches(each -> each < 200 || each > 455);
                tokens++;
            }
        }
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(tokens);
    }
}
