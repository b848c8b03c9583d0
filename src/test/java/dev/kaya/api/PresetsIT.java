package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the README says of the presets is what the server answers. */
class PresetsIT extends StoriesServer {

    @ParameterizedTest
    @ValueSource(strings = {"greedy", "focused", "balanced", "creative"})
    void theReadmeShowsTheAnswer(String preset) throws IOException {
        String row = "| `" + preset + "` | ";
        String shown =
                Files.readAllLines(Path.of("README.md")).stream()
                        .filter(line -> line.startsWith(row))
                        .findFirst()
                        .orElseThrow();

        JsonNode answer =
                client().generated(
                                """
                                {"prompt": "There was once a king", "preset": "%s", "seed": 3,
                                 "max_new_tokens": 45}
                                """
                                        .formatted(preset));

        String text = answer.get("outputs").get(0).get("text").stringValue();
        assertThat(row + text.strip().replaceAll("\\s+", " ") + " |").isEqualTo(shown);
    }
}
