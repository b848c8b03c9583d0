package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every checkpoint gives the ids and logits that PyTorch gave for it in float32. The tolerance of
 * 1e-4 is absolute and covers another order of summation over a few hundred terms.
 */
public class GoldenLogitsTest {

    private static final float TOLERANCE = 1e-4f;

    @ParameterizedTest
    @MethodSource("dev.kaya.engine.Goldens#checkpoints")
    public void givesTheIdsAndLogitsOfTheReference(Path path, Path golden) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        List<Golden> cases = Golden.read(golden);
        assertThat(cases).isNotEmpty();
        try (var decoder = new TestDecoder(model)) {
            for (Golden expected : cases) {
                if (expected.prompt() != null) {
                    assertThat(TestDecoder.encode(model, expected.prompt()))
                            .isEqualTo(expected.promptIds());
                }
                assertClose(decoder.lastLogits(expected.promptIds()), expected.lastLogits());
                if (expected.firstLogits().length > 0) {
                    assertClose(
                            decoder.lastLogits(new int[] {expected.promptIds()[0]}),
                            expected.firstLogits());
                }
                int[] greedy = decoder.greedy(expected.promptIds(), expected.greedyIds().length);
                assertThat(greedy).isEqualTo(expected.greedyIds());
            }
        }
    }

    /** Hugging Face's LLaMA does not look at these settings, and neither do its logits change. */
    @Test
    void llamaHasNoWindowWhateverItsConfigurationSays(@TempDir Path folder) throws IOException {
        Path source = TestDecoder.FIXTURES.resolve("hf-llama");
        for (String name : List.of("model.safetensors", "tokenizer.json")) {
            Files.copy(source.resolve(name), folder.resolve(name));
        }
        String config = Files.readString(source.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replaceFirst(
                        "\\{",
                        "{\"sliding_window\": 4, \"use_sliding_window\": true,"
                                + " \"max_window_layers\": 0, "));
        givesTheIdsAndLogitsOfTheReference(folder, source.resolve("golden.json"));
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(expected).isNotEmpty();
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("logit %d: %s against %s", i, actual[i], expected[i])
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }
}
