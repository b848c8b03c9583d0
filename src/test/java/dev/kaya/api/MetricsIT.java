package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** Metrics and health of a server that works: counts add up, and nobody's words are in them. */
@ExtendWith(OutputCaptureExtension.class)
class MetricsIT extends StoriesServer {

    private static final Pattern BOUND = Pattern.compile("le=\"([^\"]+)\"");
    private static final String REQUEST =
            "{\"prompt\": \"%s\", \"max_new_tokens\": %d, \"ignore_eos\": true}";

    private double grown(Metrics before, Metrics after, String name, String... labels) {
        return after.value(name, labels) - before.value(name, labels);
    }

    private static List<Double> bounds(Metrics metrics, String name) {
        List<Double> bounds = new ArrayList<>();
        for (String series : metrics.series(name + "_bucket")) {
            Matcher bound = BOUND.matcher(series);
            assertThat(bound.find()).isTrue();
            if (!bound.group(1).equals("+Inf")) {
                bounds.add(Double.valueOf(bound.group(1)));
            }
        }
        bounds.sort(null);
        return bounds;
    }

    @Test
    void countsAddUp() {
        Metrics before = client().metrics();
        client().generated(REQUEST.formatted("Once upon a time", 12));
        client().streamed(REQUEST.formatted("Once", 5));
        client().generated(REQUEST.formatted("Once", 1));
        Metrics after = client().metrics();
        assertThat(grown(before, after, "kaya_requests_total")).isEqualTo(3);
        assertThat(grown(before, after, "kaya_requests_total", "finish_reason=\"length\""))
                .isEqualTo(3);
        assertThat(grown(before, after, "kaya_tokens_total", "type=\"prompt\"")).isEqualTo(6);
        assertThat(grown(before, after, "kaya_tokens_total", "type=\"generated\"")).isEqualTo(18);
        assertThat(grown(before, after, "kaya_token_latency_seconds_count")).isEqualTo(18 - 3);
        assertThat(grown(before, after, "gen_ai_server_time_to_first_token_seconds_count"))
                .isEqualTo(3);
        assertThat(grown(before, after, "gen_ai_server_time_per_output_token_seconds_count"))
                .isEqualTo(2);
        assertThat(grown(before, after, "gen_ai_server_request_duration_seconds_count"))
                .isEqualTo(3);
        assertThat(grown(before, after, "kaya_queue_duration_seconds_count")).isEqualTo(3);
        assertThat(grown(before, after, "kaya_prefill_duration_seconds_count")).isEqualTo(3);
        assertThat(grown(before, after, "kaya_step_duration_seconds_count")).isEqualTo(18);
        assertThat(grown(before, after, "kaya_batch_sequences_count")).isEqualTo(18);
        assertThat(grown(before, after, "kaya_batch_sequences_sum")).isEqualTo(18);
    }

    @Test
    void timesAreThoseOfTheAnswer() {
        Metrics before = client().metrics();
        var timing = client().generated(REQUEST.formatted("Once", 10)).get("timing");
        Metrics after = client().metrics();
        double decode = timing.get("decode_ms").doubleValue() / 1e3;
        assertThat(grown(before, after, "kaya_token_latency_seconds_sum"))
                .isCloseTo(decode, within(1e-6));
        assertThat(grown(before, after, "gen_ai_server_time_per_output_token_seconds_sum"))
                .isCloseTo(decode / 9, within(1e-6));
        assertThat(grown(before, after, "gen_ai_server_time_to_first_token_seconds_sum"))
                .isCloseTo(timing.get("time_to_first_token_ms").doubleValue() / 1e3, within(1e-6));
        assertThat(grown(before, after, "kaya_queue_duration_seconds_sum"))
                .isCloseTo(timing.get("queue_ms").doubleValue() / 1e3, within(1e-6));
        assertThat(grown(before, after, "kaya_prefill_duration_seconds_sum"))
                .isCloseTo(timing.get("prefill_ms").doubleValue() / 1e3, within(1e-6));
    }

    /** Several texts, drawn, ranked or searched: what is counted is what the answers say. */
    @Test
    void countsOfSeveralTextsAreThoseOfTheAnswers() {
        List<String> kinds =
                List.of(
                        "\"n\": 3",
                        "\"n\": 3, \"stream\": true",
                        "\"n\": 1, \"best_of\": 4",
                        "\"n\": 2, \"num_beams\": 4");
        Metrics before = client().metrics();
        double generated = 0;
        double tokenSeconds = 0;
        for (String kind : kinds) {
            String request = REQUEST.formatted("Once upon", 12).replace("}", ", " + kind + "}");
            JsonNode answer =
                    kind.contains("stream")
                            ? client().streamed(request).last()
                            : client().generated(request);
            int texts = kind.contains("best_of") ? 4 : answer.get("outputs").size();
            assertThat(answer.get("usage").get("completion_tokens").intValue())
                    .isEqualTo(12 * texts);
            generated += 12 * texts;
            tokenSeconds += 1 / answer.get("timing").get("tokens_per_second").doubleValue();
        }
        Metrics after = client().metrics();
        assertThat(grown(before, after, "kaya_tokens_total", "type=\"generated\""))
                .isEqualTo(generated);
        assertThat(grown(before, after, "kaya_tokens_total", "type=\"prompt\"")).isEqualTo(4 * 2);
        // Each text has one token fewer than that; the beams are one text.
        assertThat(grown(before, after, "kaya_token_latency_seconds_count"))
                .isEqualTo((3 + 3 + 4 + 1) * 11);
        assertThat(grown(before, after, "gen_ai_server_time_per_output_token_seconds_sum"))
                .isCloseTo(tokenSeconds, within(1e-6));
    }

    /** A model that ends its text at once has computed the prompt all the same. */
    @Test
    void aPromptWithoutAnyTokenAfterItCounts() {
        String end =
                "{\"prompt\": \"Once upon\", \"stop_token_ids\": [258],"
                        + " \"logit_bias\": {\"258\": 100}, \"temperature\": 0}";
        Metrics before = client().metrics();
        JsonNode answer = client().generated(end);
        Metrics after = client().metrics();
        assertThat(answer.get("usage").get("completion_tokens").intValue()).isZero();
        assertThat(grown(before, after, "kaya_tokens_total", "type=\"prompt\"")).isEqualTo(2);
        assertThat(answer.get("timing").get("tokens_per_second").isNull()).isTrue();
    }

    @Test
    void gaugesAreThereAndRestAtZero() {
        Metrics now = client().metrics();
        for (String gauge :
                List.of(
                        "kaya_requests_running",
                        "kaya_requests_waiting",
                        "kaya_kv_cache_usage",
                        "kaya_kv_cache_bytes")) {
            assertThat(now.series(gauge)).containsExactly(gauge + "{model=\"stories\"}");
        }
        assertThat(now.value("kaya_requests_running")).isZero();
        assertThat(now.value("kaya_requests_waiting")).isZero();
        assertThat(now.value("kaya_kv_cache_usage")).isZero();
        assertThat(now.value("kaya_kv_cache_bytes")).isPositive();
    }

    @Test
    void everyReasonToFinishIsThereFromTheStart() {
        assertThat(client().metrics().series("kaya_requests_total"))
                .containsExactly(
                        "kaya_requests_total{finish_reason=\"cancelled\",model=\"stories\"}",
                        "kaya_requests_total{finish_reason=\"deadline\",model=\"stories\"}",
                        "kaya_requests_total{finish_reason=\"eos\",model=\"stories\"}",
                        "kaya_requests_total{finish_reason=\"error\",model=\"stories\"}",
                        "kaya_requests_total{finish_reason=\"length\",model=\"stories\"}",
                        "kaya_requests_total{finish_reason=\"stop\",model=\"stories\"}");
    }

    @Test
    void countsWhatIsRejectedByItsReason() {
        Metrics before = client().metrics();
        client().generate("{\"top_k\": -2}");
        client().generate("{\"model\": \"gpt-4\"}");
        client().generate("{\"model\": \"gpt-4\"}");
        Metrics after = client().metrics();
        String name = "kaya_requests_rejected_total";
        assertThat(grown(before, after, name, "reason=\"out_of_range\"")).isEqualTo(1);
        assertThat(grown(before, after, name, "reason=\"unknown_model\"")).isEqualTo(2);
        assertThat(grown(before, after, "kaya_requests_total")).isZero();
    }

    @Test
    void countsBodiesThatCannotBeReadAsRejected() {
        Metrics before = client().metrics();
        client().generate("{");
        client().generate("{\"promt\": 1}");
        client().generate(" ".repeat(2_000_000));
        Metrics after = client().metrics();
        String name = "kaya_requests_rejected_total";
        assertThat(grown(before, after, name, "reason=\"malformed_json\"")).isEqualTo(1);
        assertThat(grown(before, after, name, "reason=\"unknown_field\"")).isEqualTo(1);
        assertThat(grown(before, after, name, "reason=\"body_too_large\"")).isEqualTo(1);
    }

    @Test
    void tokenLatencyHasTheBucketsOfTheDesign() {
        assertThat(bounds(client().metrics(), "kaya_token_latency_seconds"))
                .containsExactly(
                        .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .075, .1, .15, .2,
                        .3, .4, .5, .75, 1.0, 2.5);
    }

    @Test
    void everyTimerHasBuckets() {
        Metrics now = client().metrics();
        for (String timer :
                List.of(
                        "gen_ai_server_time_to_first_token_seconds",
                        "gen_ai_server_time_per_output_token_seconds",
                        "gen_ai_server_request_duration_seconds",
                        "kaya_queue_duration_seconds",
                        "kaya_prefill_duration_seconds",
                        "kaya_step_duration_seconds",
                        "kaya_batch_sequences")) {
            assertThat(bounds(now, timer)).as(timer).hasSizeGreaterThan(8);
        }
    }

    @Test
    void isLiveAndReady() {
        String up = "{\"status\":\"UP\"}";
        assertThat(client().get("/actuator/health/liveness").body()).isEqualTo(up);
        assertThat(client().get("/actuator/health/readiness").body()).isEqualTo(up);
        assertThat(client().get("/actuator/health/readiness").status()).isEqualTo(200);
    }

    @Test
    void nobodysWordsAreInMetricsOrLog(CapturedOutput log) {
        String secret = "xyzzy plugh";
        client().generated(REQUEST.formatted(secret, 2));
        client().generate("{\"prompt\": \"" + secret + "\", \"top_k\": -2}");
        client().generate("{\"prompt\": \"" + secret + "\", ?}");
        client().generate("{\"" + secret + "\": 1}");
        client().post("/v1/tokenize", "{\"text\": \"" + secret + "\"}");
        assertThat(client().get("/actuator/prometheus").body()).doesNotContain("xyzzy", "plugh");
        assertThat(log.getAll()).doesNotContain("xyzzy", "plugh");
    }
}
