package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What docs/api.md says of the presets is what the server has and answers. */
class PresetsIT extends StoriesServer {

    @ParameterizedTest
    @ValueSource(strings = {"greedy", "focused", "balanced", "creative"})
    void theDocumentShowsValuesAndAnswer(String preset) throws IOException {
        String row = "| `" + preset + "` | ";
        String shown =
                Files.readAllLines(Path.of("docs/api.md")).stream()
                        .filter(line -> line.startsWith(row))
                        .findFirst()
                        .orElseThrow();

        JsonNode values = client().get("/v1/models/stories").json().at("/presets/" + preset);
        JsonNode answer =
                client().generated(
                                """
                                {"prompt": "There was once a king", "preset": "%s", "seed": 3,
                                 "max_new_tokens": 45}
                                """
                                        .formatted(preset));

        String text = answer.get("outputs").get(0).get("text").stringValue();
        assertThat(
                        row
                                + String.join(
                                        " | ",
                                        values.get("temperature").toString(),
                                        values.get("top_k").toString(),
                                        values.get("top_p").toString(),
                                        text.strip().replaceAll("\\s+", " "))
                                + " |")
                .isEqualTo(shown);
    }
}
