package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Ways to pick tokens and to end texts, over HTTP. */
class SamplingIT extends StoriesServer {

    private JsonNode output(String members) {
        return answer(members).get("outputs").get(0);
    }

    private JsonNode answer(String members) {
        return client().generated("{\"prompt\": \"Once upon a time\", " + members + "}");
    }

    private static List<Integer> ids(JsonNode output) {
        List<Integer> ids = new ArrayList<>();
        output.get("token_ids").forEach(id -> ids.add(id.intValue()));
        return ids;
    }

    private static String text(JsonNode output) {
        return output.get("text").stringValue();
    }

    private static String reason(JsonNode output) {
        return output.get("finish_reason").stringValue();
    }

    private void refused(String members, String code, String detail, String more) {
        client().generate("{" + members + "}").isProblem(BAD_REQUEST, code, detail, more);
    }

    private void outOfRange(String field, String given, String rule, String limit, String shown) {
        refused(
                "\"" + field + "\": " + given,
                "out_of_range",
                field + " must " + rule + "; given " + shown,
                "\"field\": \"%s\", \"limit\": %s, \"given\": %s".formatted(field, limit, shown));
    }

    /** The longest tail that the text repeats at once, by its number of tokens. */
    private static int loop(List<Integer> ids) {
        int longest = 0;
        for (int length = 1; 2 * length <= ids.size(); length++) {
            List<Integer> tail = ids.subList(ids.size() - length, ids.size());
            if (tail.equals(ids.subList(ids.size() - 2 * length, ids.size() - length))) {
                longest = length;
            }
        }
        return longest;
    }

    /** The end of text, which would end the loop, is shut out. */
    @Test
    void aRepetitionPenaltyEndsTheLoopThatGreedyFallsInto() {
        String greedy =
                "\"temperature\": 0, \"max_new_tokens\": 240, \"ignore_eos\": true,"
                        + " \"logit_bias\": {\"4095\": -100}";
        assertThat(loop(ids(output(greedy)))).isPositive();
        assertThat(loop(ids(output(greedy + ", \"repetition_penalty\": 1.3")))).isZero();
        assertThat(loop(ids(output(greedy + ", \"frequency_penalty\": 1.5")))).isZero();
    }

    @Test
    void noNgramComesTwice() {
        List<Integer> ids =
                ids(
                        output(
                                "\"temperature\": 0, \"max_new_tokens\": 200, \"ignore_eos\": true,"
                                        + " \"no_repeat_ngram_size\": 2"));
        List<List<Integer>> pairs = new ArrayList<>();
        for (int i = 1; i < ids.size(); i++) {
            pairs.add(ids.subList(i - 1, i + 1));
        }
        assertThat(new HashSet<>(pairs)).hasSameSizeAs(pairs);
    }

    @Test
    void aPresetIsTheValuesThatItStandsForAndTheGivenOnesWin() {
        String rest = "\"seed\": 3, \"max_new_tokens\": 30, ";
        assertThat(output(rest + "\"preset\": \"greedy\""))
                .isEqualTo(output(rest + "\"temperature\": 0"));
        assertThat(output(rest + "\"preset\": \"creative\""))
                .isEqualTo(output(rest + "\"temperature\": 1.2, \"top_k\": 200, \"top_p\": 0.98"))
                .isNotEqualTo(output(rest + "\"preset\": \"focused\""));
        assertThat(output(rest + "\"preset\": \"creative\", \"temperature\": 0"))
                .isEqualTo(output(rest + "\"temperature\": 0"));
    }

    @Test
    void minPOfOneAndASmallTypicalPAreNearlyGreedy() {
        String rest = "\"max_new_tokens\": 20, \"temperature\": 1, \"top_k\": 0, \"top_p\": 1, ";
        JsonNode greedy = output("\"max_new_tokens\": 20, \"temperature\": 0");
        assertThat(output(rest + "\"min_p\": 1")).isEqualTo(greedy);
        assertThat(text(output(rest + "\"typical_p\": 0.2, \"seed\": 1"))).isNotEmpty();
    }

    @Test
    void aStringEndsTheTextBeforeItsFirstCharacter() {
        String rest = "\"temperature\": 0, \"max_new_tokens\": 60";
        String whole = text(output(rest));
        String stop = whole.substring(40, 47);
        int at = whole.indexOf(stop);

        JsonNode ended = output(rest + ", \"stop\": \"" + stop + "\"");

        assertThat(text(ended)).isEqualTo(whole.substring(0, at));
        assertThat(reason(ended)).isEqualTo("stop");
        JsonNode ofMany = output(rest + ", \"stop\": [\"zebra\", \"" + stop + "\"]");
        assertThat(ofMany).isEqualTo(ended);
        Events events =
                client().streamed(
                                "{\"prompt\": \"Once upon a time\", %s, \"stop\": [\"%s\"]}"
                                        .formatted(rest, stop));
        assertThat(events.text()).isEqualTo(text(ended));
    }

    @Test
    void aTokenEndsTheTextAndIsNoPartOfIt() {
        String rest = "\"temperature\": 0, \"max_new_tokens\": 20";
        List<Integer> whole = ids(output(rest));
        int stop = whole.get(8);

        JsonNode ended = output(rest + ", \"stop_token_ids\": [" + stop + "]");

        assertThat(ids(ended)).isEqualTo(whole.subList(0, whole.indexOf(stop)));
        assertThat(reason(ended)).isEqualTo("stop");
    }

    @Test
    void nothingEndsATextBeforeItsLeastLength() {
        int seed = 0;
        String ending = "\"temperature\": 1, \"max_new_tokens\": 250, \"seed\": ";
        while (!reason(output(ending + seed)).equals("eos")) {
            seed++;
        }
        ending += seed;
        int length = ids(output(ending)).size();

        JsonNode longer = output(ending + ", \"min_new_tokens\": " + Math.min(250, length + 5));

        assertThat(ids(longer))
                .hasSizeGreaterThanOrEqualTo(Math.min(250, length + 5))
                .doesNotContain(4095);
        String stopping = "\"temperature\": 0, \"max_new_tokens\": 30, \"stop\": [\" \"]";
        assertThat(ids(output(stopping + ", \"min_new_tokens\": 9"))).hasSizeGreaterThan(8);
    }

    @Test
    void aBiasShutsTokensOutOrIn() {
        String rest = "\"temperature\": 0, \"max_new_tokens\": 5";
        int first = ids(output(rest)).getFirst();
        assertThat(ids(output(rest + ", \"logit_bias\": {\"%d\": -100}".formatted(first))))
                .doesNotContain(first);
        assertThat(ids(output(rest + ", \"logit_bias\": {\"77\": 100}")))
                .containsExactly(77, 77, 77, 77, 77);
    }

    @Test
    void echoBeginsEveryTextWithThePrompt() {
        String rest = "\"seed\": 5, \"max_new_tokens\": 6, \"n\": 2";
        JsonNode plain = answer(rest).get("outputs");
        JsonNode echoed = answer(rest + ", \"echo\": true").get("outputs");
        for (int i = 0; i < 2; i++) {
            assertThat(text(echoed.get(i))).isEqualTo("Once upon a time" + text(plain.get(i)));
            assertThat(echoed.get(i).get("token_ids")).isEqualTo(plain.get(i).get("token_ids"));
        }
        Events events =
                client().streamed(
                                "{\"prompt\": \"Once upon a time\", \"echo\": true,"
                                        + " \"seed\": 5, \"max_new_tokens\": 6}");
        assertThat(events.text()).isEqualTo(text(echoed.get(0)));
        JsonNode byIds =
                client().generated(
                                "{\"prompt_token_ids\": [300, 301], \"echo\": true,"
                                        + " \"max_new_tokens\": 1}");
        String decoded =
                client().post("/v1/detokenize", "{\"token_ids\": [300, 301]}")
                        .json()
                        .get("text")
                        .stringValue();
        assertThat(text(byIds.get("outputs").get(0))).startsWith(decoded);
    }

    @Test
    void refusesValuesOutOfRange() {
        outOfRange("min_p", "1.5", "be from 0 to 1", "1", "1.5");
        outOfRange("typical_p", "0", "be above 0 and at most 1", "0", "0.0");
        outOfRange("repetition_penalty", "0", "be above 0 and at most 100", "0", "0.0");
        outOfRange("repetition_penalty", "101", "be above 0 and at most 100", "100", "101.0");
        outOfRange("repetition_window", "-1", "be at least 0", "0", "-1");
        outOfRange("frequency_penalty", "2.1", "be from -2 to 2", "2", "2.1");
        outOfRange("presence_penalty", "-2.1", "be from -2 to 2", "-2", "-2.1");
        outOfRange("no_repeat_ngram_size", "-1", "be at least 0", "0", "-1");
        outOfRange("min_new_tokens", "-1", "be at least 0", "0", "-1");
        outOfRange("min_new_tokens", "101", "be at most max_new_tokens, 100", "100", "101");
        outOfRange("stop_token_ids", "[4096]", "be ids below 4096", "4095", "4096");
    }

    @Test
    void refusesWhatMakesNoSense() {
        refused(
                "\"preset\": \"wild\"",
                "out_of_range",
                "preset must be greedy, focused, balanced or creative; given 'wild'",
                "\"field\": \"preset\", \"limit\": \"greedy, focused, balanced, creative\","
                        + " \"given\": \"'wild'\"");
        refused(
                "\"stop\": [\"a\", \"\"]",
                "empty_stop",
                "stop must not have empty strings",
                "\"field\": \"stop\"");
        refused(
                "\"stop\": [%s]".formatted("\"a\",".repeat(16) + "\"b\""),
                "out_of_range",
                "stop must have at most 16 strings; given 17",
                "\"field\": \"stop\", \"limit\": 16, \"given\": 17");
        refused(
                "\"stop\": \"%s\"".formatted("a".repeat(1_001)),
                "out_of_range",
                "stop must have strings of at most 1000 characters; given 1001",
                "\"field\": \"stop\", \"limit\": 1000, \"given\": 1001");
        refused(
                "\"logit_bias\": {\"4096\": 1}",
                "out_of_range",
                "logit_bias['4096'] must be named by a token id from 0 to 4095",
                "\"field\": \"logit_bias\", \"limit\": 4095, \"given\": \"4096\"");
        refused(
                "\"logit_bias\": {\"007\": 1}",
                "out_of_range",
                "logit_bias['007'] must be named by a token id from 0 to 4095",
                "\"field\": \"logit_bias\", \"limit\": 4095, \"given\": \"007\"");
    }
}
