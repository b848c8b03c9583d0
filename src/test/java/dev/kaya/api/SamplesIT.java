package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Several texts of one prompt, and prompts that begin alike. */
class SamplesIT extends StoriesServer {

    private static final String REQUEST =
            "{\"prompt\": \"Once upon a time\", \"max_new_tokens\": 12, \"seed\": 7, \"n\": %d}";

    @Test
    void answersWithAsManyTextsAsAskedForTheFirstOfThemTheOnlyOneOfOne() {
        JsonNode alone = client().generated(REQUEST.formatted(1));
        JsonNode answer = client().generated(REQUEST.formatted(5));

        JsonNode outputs = answer.get("outputs");
        assertThat(outputs.size()).isEqualTo(5);
        assertThat(outputs.get(0)).isEqualTo(alone.get("outputs").get(0));
        Set<String> texts = new HashSet<>();
        int tokens = 0;
        for (int i = 0; i < 5; i++) {
            assertThat(outputs.get(i).get("index").intValue()).isEqualTo(i);
            texts.add(outputs.get(i).get("text").stringValue());
            tokens += outputs.get(i).get("token_ids").size();
        }
        assertThat(texts).hasSize(5);
        JsonNode usage = answer.get("usage");
        assertThat(usage.get("prompt_tokens").intValue()).isEqualTo(4);
        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(tokens);
        assertThat(usage.get("total_tokens").intValue()).isEqualTo(4 + tokens);
    }

    @Test
    void streamsTheSameTextsByTheirIndex() {
        JsonNode whole = client().generated(REQUEST.formatted(4));
        Events events = client().streamed(REQUEST.formatted(4));

        for (int i = 0; i < 4; i++) {
            var text = new StringBuilder();
            List<Integer> ids = new ArrayList<>();
            for (JsonNode token : events.tokens()) {
                if (token.get("index").intValue() == i) {
                    text.append(token.get("text").stringValue());
                    ids.add(token.get("token_id").intValue());
                }
            }
            JsonNode expected = whole.get("outputs").get(i);
            assertThat(text).hasToString(expected.get("text").stringValue());
            JsonNode last = events.last().get("outputs").get(i);
            assertThat(last.has("text")).isFalse();
            assertThat(last.get("token_ids")).isEqualTo(expected.get("token_ids"));
            assertThat(last.get("token_ids").valueStream().map(JsonNode::intValue).toList())
                    .isEqualTo(ids);
        }
    }

    @Test
    void tellsHowMuchOfAPromptWasKnown() {
        String request =
                "{\"prompt\": \"%s\", \"max_new_tokens\": 3, \"seed\": 1, \"ignore_eos\": true}"
                        .formatted("The cat sat on a red mat and saw a bird. ".repeat(8));
        String hit = "result=\"hit\"";
        Metrics before = client().metrics();
        JsonNode cold = client().generated(request);
        Metrics between = client().metrics();
        JsonNode warm = client().generated(request);
        Metrics after = client().metrics();

        int prompt = cold.get("usage").get("prompt_tokens").intValue();
        int cached = warm.get("usage").get("cached_tokens").intValue();
        assertThat(prompt).isGreaterThan(64);
        assertThat(cached).isBetween(64, prompt - 1);
        assertThat(warm.get("outputs")).isEqualTo(cold.get("outputs"));
        assertThat(
                        after.value("kaya_tokens_total", "type=\"cached\"")
                                - between.value("kaya_tokens_total", "type=\"cached\""))
                .isEqualTo(cached);
        assertThat(
                        after.value("kaya_prefix_cache_requests_total", hit)
                                - between.value("kaya_prefix_cache_requests_total", hit))
                .isEqualTo(1);
        assertThat(
                        after.value("kaya_prefix_cache_requests_total")
                                - before.value("kaya_prefix_cache_requests_total"))
                .isEqualTo(2);
        assertThat(after.value("kaya_kv_cache_usage")).isZero();
    }
}
