package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real Prometheus that scrapes a running Kaya, asked what the dashboard and the rules ask. */
@Tag("prometheus")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PrometheusIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String SCRAPE_INTERVAL = "250ms";
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

    private RunningKaya kaya;
    private RunningPrometheus prometheus;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException, InterruptedException {
        Path own = Files.createDirectory(folder.resolve("prometheus"));
        kaya = RunningKaya.start(StagedImage.stage(folder));
        kaya.awaitReady();
        kaya.collectGarbage();
        String target = "127.0.0.1:" + kaya.port();
        prometheus = RunningPrometheus.start(own, target, SCRAPE_INTERVAL);
        prometheus.awaitReady();
    }

    @AfterAll
    void end() {
        if (prometheus != null) {
            prometheus.close();
        }
        if (kaya != null) {
            kaya.close();
        }
    }

    @Test
    void everyPanelShowsNumbers() throws IOException {
        List<String> missing = new ArrayList<>(ShippedFiles.dashboardExpressions());

        await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(
                        () -> {
                            makeTraffic();
                            missing.removeIf(expression -> hasNumbers(filledIn(expression)));
                            assertThat(missing).isEmpty();
                        });
    }

    @Test
    void everyVariableHasValues() throws IOException {
        for (JsonNode variable : ShippedFiles.dashboard().at("/templating/list")) {
            Matcher query = LABEL_VALUES.matcher(variable.path("definition").asString(""));
            if (query.matches()) {
                await(variable.get("name").asString())
                        .atMost(TIMEOUT)
                        .until(
                                () ->
                                        !prometheus
                                                .labelValues(
                                                        filledIn(query.group(1)), query.group(2))
                                                .isEmpty());
            } else {
                assertThat(variable.get("type").asString()).isEqualTo("datasource");
            }
        }
    }

    @Test
    void everyRuleIsEvaluatedAndRecordingRulesRecord() throws IOException {
        List<String> recorded =
                ShippedFiles.rules().stream()
                        .filter(rule -> rule.has("record"))
                        .map(rule -> rule.get("record").asString())
                        .toList();

        await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(
                        () -> {
                            makeTraffic();
                            assertThat(recorded).allMatch(this::hasNumbers);
                            assertThat(health(prometheus.data("/api/v1/rules")))
                                    .hasSameSizeAs(ShippedFiles.rules())
                                    .containsOnly("ok");
                        });
    }

    private void makeTraffic() throws IOException, InterruptedException {
        assertThat(kaya.generate("{\"prompt\": \"Once\", \"max_new_tokens\": 8}").statusCode())
                .isEqualTo(200);
        assertThat(kaya.generate("{\"temperature\": -1}").statusCode()).isEqualTo(400);
    }

    // An error of the query fails the test at once; NaN, a percentile of nothing, is no number.
    private boolean hasNumbers(String expression) {
        try {
            return prometheus.query(expression).values().stream()
                    .anyMatch(series -> !series.at("/value/1").asString().equals("NaN"));
        } catch (IOException e) {
            throw new AssertionError(expression, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(expression, e);
        }
    }

    private static String filledIn(String expression) {
        return expression
                .replace("$__rate_interval", "10s")
                .replace("$model", ".*")
                .replace("$instance", ".*");
    }

    private static List<String> health(JsonNode rules) {
        return rules.get("groups").values().stream()
                .flatMap(group -> group.get("rules").values().stream())
                .map(rule -> rule.get("health").asString())
                .toList();
    }
}
