package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus' own tool on the scrape file and the rules. */
@Tag("prometheus")
class PromtoolIT {

    @TempDir private Path folder;

    @Test
    void acceptsTheScrapeFile() throws IOException, InterruptedException {
        promtool("check", "config", "prometheus.yml");
    }

    @Test
    void acceptsTheRules() throws IOException, InterruptedException {
        promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yml");
    }

    @Test
    void alertsFireWhenTheyShouldAndOnlyThen() throws IOException, InterruptedException {
        promtool("test", "rules", "rules_test.yml");
    }

    private void promtool(String... arguments) throws IOException, InterruptedException {
        Path output = folder.resolve("promtool.log");
        ProcessBuilder builder =
                new ProcessBuilder("promtool")
                        .directory(ShippedFiles.PROMETHEUS.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.command().addAll(List.of(arguments));
        // Without promtool this throws: install Debian's package prometheus.
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("promtool has ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(() -> readString(output)).isZero();
    }

    private static String readString(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "no output: " + e;
        }
    }
}
