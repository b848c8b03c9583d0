package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.server.observation.ServerRequestObservationContext;
import tools.jackson.databind.JsonNode;

/** What an operator reads of a request: its span's attributes and its line in the log. */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Import(ObservationIT.Recording.class)
class ObservationIT {

    private static final String SECRET = "a very private wolf";

    /** Takes the place of a tracer: what it hears at the end is what a span would carry. */
    @TestConfiguration
    static class Recording {
        final List<ServerRequestObservationContext> ended = new CopyOnWriteArrayList<>();

        @Bean
        ObservationHandler<ServerRequestObservationContext> recorder() {
            return new ObservationHandler<>() {
                @Override
                public void onStop(ServerRequestObservationContext context) {
                    if ("/v1/generate".equals(context.getPathPattern())) {
                        ended.add(context);
                    }
                }

                @Override
                public boolean supportsContext(Observation.Context context) {
                    return context instanceof ServerRequestObservationContext;
                }
            };
        }
    }

    @LocalServerPort private int port;
    @Autowired private Recording recording;

    @BeforeEach
    void forget() {
        Client.of(port).awaitIdle();
        recording.ended.clear();
    }

    private static Map<String, String> attributes(ServerRequestObservationContext context) {
        Map<String, String> values = new TreeMap<>();
        for (KeyValue value : context.getHighCardinalityKeyValues()) {
            values.put(value.getKey(), value.getValue());
        }
        return values;
    }

    @Test
    void aRequestIsOneSpanWithWhatWasGenerated() {
        JsonNode answer =
                Client.of(port)
                        .generated(
                                "{\"prompt\": \"%s\", \"max_new_tokens\": 4, \"ignore_eos\": true}"
                                        .formatted(SECRET));
        Poll.until(() -> recording.ended.size() == 1, "no observation ended");

        Map<String, String> attributes = attributes(recording.ended.getFirst());
        assertThat(attributes)
                .containsEntry("gen_ai.operation.name", "text_completion")
                .containsEntry("gen_ai.request.model", "stories")
                .containsEntry("gen_ai.response.id", answer.get("id").stringValue())
                .containsEntry("gen_ai.response.finish_reasons", "length")
                .containsEntry("gen_ai.usage.output_tokens", "4")
                .containsEntry(
                        "gen_ai.usage.input_tokens",
                        answer.get("usage").get("prompt_tokens").toString())
                .containsKeys("kaya.queue_ms", "kaya.time_to_first_token_ms");
        assertThat(attributes.toString()).doesNotContain("wolf");
        assertThat(recording.ended.getFirst().getName()).isEqualTo("http.server.requests");
    }

    @Test
    void aLineTellsIdsAndTimesAndNeverThePrompt(CapturedOutput log) {
        JsonNode answer =
                Client.of(port)
                        .generated(
                                "{\"prompt\": \"%s\", \"max_new_tokens\": 4, \"ignore_eos\": true}"
                                        .formatted(SECRET));
        String expected =
                ("POST /v1/generate 200 \\d+\\.\\d ms, id=%s model=stories prompt_tokens=%d"
                                + " cached_tokens=0 completion_tokens=4 finish_reason=length"
                                + " queue_ms=\\d+\\.\\d prefill_ms=\\d+\\.\\d"
                                + " time_to_first_token_ms=\\d+\\.\\d decode_ms=\\d+\\.\\d")
                        .formatted(
                                answer.get("id").stringValue(),
                                answer.get("usage").get("prompt_tokens").intValue());
        Poll.until(() -> log.getAll().contains("POST /v1/generate 200"), "nothing was logged");
        assertThat(log.getAll()).containsPattern(expected + "\\R").doesNotContain("wolf");
    }

    @Test
    void aRefusalHasALineToo(CapturedOutput log) {
        Client.of(port).generate("{\"prompt\": \"wolf\", \"n\": 0}");
        Poll.until(() -> log.getAll().contains("POST /v1/generate 400"), "nothing was logged");
        assertThat(log.getAll())
                .containsPattern("POST /v1/generate 400 \\d+\\.\\d ms\\R")
                .doesNotContain("wolf");
    }
}
