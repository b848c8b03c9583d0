package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers as a whole and as a stream: their shape, that they agree, and that a seed repeats them.
 */
class GenerationIT extends StoriesServer {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String STORY =
            "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 40, \"seed\": 7}";

    /** So hot that broken characters come up; from 0 the text never ends. */
    private static final String HOT =
            "{\"prompt\": \"x\", \"max_new_tokens\": 200, \"temperature\": 100, \"top_k\": 0,"
                    + " \"top_p\": 1, \"ignore_eos\": true, \"seed\": %d}";

    private static JsonNode output(JsonNode answer) {
        assertThat(answer.get("outputs").size()).isEqualTo(1);
        return answer.get("outputs").get(0);
    }

    private static String text(JsonNode answer) {
        return output(answer).get("text").stringValue();
    }

    private static String reason(JsonNode answer) {
        return output(answer).get("finish_reason").stringValue();
    }

    private static List<Integer> ids(JsonNode answer) {
        List<Integer> ids = new ArrayList<>();
        output(answer).get("token_ids").forEach(id -> ids.add(id.intValue()));
        return ids;
    }

    /** The answer without what differs from run to run. */
    private static JsonNode repeatable(JsonNode answer) {
        ObjectNode copy = (ObjectNode) answer.deepCopy();
        copy.remove(List.of("id", "created", "timing"));
        ((ObjectNode) copy.get("usage")).remove("cached_tokens");
        return copy;
    }

    @Test
    void answersWithTheWholeOfTheContract() {
        JsonNode answer =
                client().generated(
                                """
                                {"prompt": "Once upon a time", "max_new_tokens": 3,
                                 "temperature": 0, "seed": 11}
                                """);
        String text =
                client().post("/v1/detokenize", "{\"token_ids\": " + ids(answer) + "}")
                        .json()
                        .get("text")
                        .stringValue();
        ObjectNode expected =
                (ObjectNode)
                        JSON.readTree(
                                """
                                {"model": "stories",
                                 "outputs": [{"index": 0, "text": "", "token_ids": %s,
                                              "finish_reason": "length"}],
                                 "usage": {"prompt_tokens": 4, "completion_tokens": 3,
                                           "total_tokens": 7,
                                           "truncated_tokens": 0},
                                 "seed": 11}
                                """
                                        .formatted(ids(answer)));
        ((ObjectNode) expected.get("outputs").get(0)).put("text", text);
        assertThat(repeatable(answer)).isEqualTo(expected);
        assertThat(ids(answer)).hasSize(3);
        assertThat(text).isNotEmpty();
    }

    @Test
    void namesEachAnswerAnewAndTellsWhenItWasMade() {
        long before = Instant.now().getEpochSecond();
        JsonNode first = client().generated("{\"max_new_tokens\": 1}");
        JsonNode second = client().generated("{\"max_new_tokens\": 1}");
        assertThat(first.get("id").stringValue()).matches("gen-[0-9a-f]{24}");
        assertThat(second.get("id")).isNotEqualTo(first.get("id"));
        assertThat(first.get("created").longValue())
                .isBetween(before, Instant.now().getEpochSecond());
    }

    @Test
    void tellsWhereTheTimeWent() {
        JsonNode timing = client().generated(STORY).get("timing");
        assertThat(timing.propertyNames())
                .containsExactly(
                        "queue_ms",
                        "prefill_ms",
                        "time_to_first_token_ms",
                        "decode_ms",
                        "tokens_per_second");
        double queue = timing.get("queue_ms").doubleValue();
        double prefill = timing.get("prefill_ms").doubleValue();
        double decode = timing.get("decode_ms").doubleValue();
        assertThat(queue).isPositive();
        assertThat(prefill).isPositive();
        assertThat(timing.get("time_to_first_token_ms").doubleValue())
                .isCloseTo(queue + prefill, within(1e-6));
        assertThat(timing.get("tokens_per_second").doubleValue())
                .isCloseTo(39 * 1000 / decode, within(1e-6));
    }

    @Test
    void knowsNoPaceOfASingleToken() {
        JsonNode timing = client().generated("{\"max_new_tokens\": 1}").get("timing");
        assertThat(timing.get("tokens_per_second").isNull()).isTrue();
        assertThat(timing.get("decode_ms").doubleValue()).isZero();
    }

    @Test
    void repeatsATextByItsSeed() {
        JsonNode first = client().generated(STORY);
        assertThat(repeatable(client().generated(STORY))).isEqualTo(repeatable(first));
        assertThat(text(client().generated(STORY.replace("7", "8")))).isNotEqualTo(text(first));
    }

    @Test
    void drawsASeedThatRepeatsTheText() {
        String withoutSeed = STORY.replace(", \"seed\": 7", "");
        JsonNode first = client().generated(withoutSeed);
        long seed = first.get("seed").longValue();
        assertThat(seed).isBetween(0L, (1L << 53) - 1);
        JsonNode again = client().generated(STORY.replace("7", Long.toString(seed)));
        assertThat(repeatable(again)).isEqualTo(repeatable(first));
        assertThat(client().generated(withoutSeed).get("seed").longValue()).isNotEqualTo(seed);
    }

    @Test
    void keepsSeedsToTheLastBit() {
        assertThat(
                        client().generated(
                                        "{\"max_new_tokens\": 1, \"seed\": -9223372036854775807}")
                                .get("seed")
                                .longValue())
                .isEqualTo(-Long.MAX_VALUE);
    }

    @Test
    void streamsExactlyWhatItAnswersAtOnce() {
        JsonNode whole = client().generated(STORY);
        Events events = client().streamed(STORY);
        assertThat(events.text()).isEqualTo(text(whole));
        assertThat(events.tokenIds()).isEqualTo(ids(whole));
        assertThat(events.end()).isEqualTo("done");
        ObjectNode expected = (ObjectNode) repeatable(whole);
        ((ObjectNode) expected.get("outputs").get(0)).remove("text");
        assertThat(repeatable(events.last())).isEqualTo(expected);
        assertThat(events.last().propertyNames()).isEqualTo(whole.propertyNames());
        assertThat(events.last().get("timing").propertyNames())
                .isEqualTo(whole.get("timing").propertyNames());
    }

    @Test
    void framesEventsToTheByte() {
        String request = "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 2, \"seed\": 7%s}";
        JsonNode whole = client().generated(request.formatted(""));
        Answer answer = client().generate(request.formatted(", \"stream\": true"));
        var expected = new StringBuilder();
        for (int id : ids(whole)) {
            String text =
                    client().post("/v1/detokenize", "{\"token_ids\": [" + id + "]}")
                            .json()
                            .get("text")
                            .toString();
            expected.append("event: token\ndata: {\"index\":0,\"token_id\":")
                    .append(id)
                    .append(",\"text\":")
                    .append(text)
                    .append("}\n\n");
        }
        expected.append("event: done\ndata: ");
        assertThat(answer.body()).startsWith(expected.toString()).endsWith("}\n\n");
        assertThat(answer.body().substring(expected.length()).strip()).doesNotContain("\n");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void streamsByFieldOrByHeaderAndTheFieldDecides() {
        String request = "{\"max_new_tokens\": 1%s}";
        Events.of(client().generate(request.formatted(", \"stream\": true")));
        Events.of(client().post("/v1/generate", request.formatted(""), "text/event-stream"));
        assertThat(
                        client().post(
                                        "/v1/generate",
                                        request.formatted(", \"stream\": false"),
                                        "*/*")
                                .json()
                                .has("outputs"))
                .isTrue();
        client().post("/v1/generate", request.formatted(", \"stream\": false"), "text/event-stream")
                .json();
    }

    @Test
    void neverSplitsACharacterOverEvents() {
        int heldBack = 0;
        for (int seed = 0; seed < 3; seed++) {
            String request = HOT.formatted(seed);
            JsonNode whole = client().generated(request);
            Events events = client().streamed(request);
            assertThat(events.text()).isEqualTo(text(whole));
            assertThat(
                            client().post(
                                            "/v1/detokenize",
                                            "{\"token_ids\": " + events.tokenIds() + "}")
                                    .json()
                                    .get("text"))
                    .isEqualTo(output(whole).get("text"));
            for (JsonNode token : events.tokens()) {
                heldBack += token.get("text").stringValue().isEmpty() ? 1 : 0;
            }
        }
        assertThat(heldBack).as("tokens whose character is completed by others").isPositive();
    }

    @Test
    void givesOutWhatIsHeldBackAtTheEnd() {
        int held = -1;
        int seed = 0;
        while (held < 0) {
            seed++;
            held = firstWithoutText(client().streamed(HOT.formatted(seed)));
        }
        String cut = HOT.formatted(seed).replace("200", Integer.toString(held + 1));
        Events events = client().streamed(cut);
        assertThat(events.tokens().getLast())
                .isEqualTo(
                        JSON.readTree("{\"index\": 0, \"token_id\": null, \"text\": \"\ufffd\"}"));
        assertThat(events.tokenIds()).hasSize(held + 1);
        assertThat(events.text()).isEqualTo(text(client().generated(cut)));
        assertThat(events.last().get("usage").get("completion_tokens").intValue())
                .isEqualTo(held + 1);
    }

    private static int firstWithoutText(Events events) {
        for (int i = 0; i < events.tokens().size(); i++) {
            if (events.tokens().get(i).get("text").stringValue().isEmpty()) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void endsAtTheDeadlineWithWhatThereIs() {
        JsonNode answer =
                client().generated(
                                """
                                {"max_new_tokens": 4096, "ignore_eos": true, "timeout_ms": 300,
                                 "seed": 1}
                                """);
        assertThat(reason(answer)).isEqualTo("deadline");
        int completion = answer.get("usage").get("completion_tokens").intValue();
        assertThat(completion).isEqualTo(ids(answer).size()).isLessThan(4096);
    }

    @Test
    void endsAStreamAtTheDeadlineToo() {
        Events events =
                client().streamed(
                                """
                                {"max_new_tokens": 4096, "ignore_eos": true, "timeout_ms": 300}
                                """);
        assertThat(events.end()).isEqualTo("done");
        assertThat(reason(events.last())).isEqualTo("deadline");
        assertThat(events.tokenIds()).isEqualTo(ids(events.last()));
    }

    @Test
    void takesSpecialTokensOfAPromptForTextUnlessAllowed() {
        String request =
                "{\"prompt\": \"<|endoftext|>\", \"max_new_tokens\": 1,"
                        + " \"allow_special_tokens\": %s}";
        assertThat(promptTokens(request.formatted("true"))).isEqualTo(1);
        assertThat(promptTokens(request.formatted("false"))).isGreaterThan(1);
        assertThat(promptTokens(request.formatted("null"))).isGreaterThan(1);
    }

    private int promptTokens(String request) {
        return client().generated(request).get("usage").get("prompt_tokens").intValue();
    }

    @Test
    void stopsASequenceWhoseReaderLeaves() throws IOException {
        Metrics before = client().metrics();
        String endless = "{\"max_new_tokens\":4096,\"ignore_eos\":true,\"stream\":true}";
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.generateHeaders("Content-Length: " + endless.length()));
            connection.write(endless);
            connection.readUntil("event: token");
        }
        awaitCancelledSince(before);
    }

    @Test
    void stopsASequenceWhoseClientLeavesBeforeTheAnswer() throws IOException {
        Metrics before = client().metrics();
        String endless = "{\"max_new_tokens\":4096,\"ignore_eos\":true}";
        try (RawConnection connection = connect()) {
            connection.write(RawConnection.generateHeaders("Content-Length: " + endless.length()));
            connection.write(endless);
            Poll.until(
                    () -> client().metrics().value("kaya_requests_running") == 1,
                    "the request never ran");
        }
        awaitCancelledSince(before);
    }

    private void awaitCancelledSince(Metrics before) {
        String cancelled = "finish_reason=\"cancelled\"";
        Poll.until(
                () -> {
                    Metrics now = client().metrics();
                    return now.value("kaya_requests_total", cancelled)
                                    == before.value("kaya_requests_total", cancelled) + 1
                            && now.value("kaya_requests_running") == 0;
                },
                "the sequence went on although its client had left");
    }
}
