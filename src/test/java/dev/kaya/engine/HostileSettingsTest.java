package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a configuration says, the outcome is a model that computes or a {@link
 * MalformedCheckpointException}.
 */
class HostileSettingsTest {

    private static final List<String> NAMES =
            List.of(
                    "n_layer",
                    "hidden_size",
                    "vocab_size",
                    "intermediate_size",
                    "num_attention_heads",
                    "num_key_value_heads",
                    "head_dim",
                    "max_position_embeddings",
                    "rms_norm_eps",
                    "hidden_act",
                    "attention_scale",
                    "embedding_norm",
                    "tie_word_embeddings",
                    "bos_token_id",
                    "eos_token_id",
                    "model_type",
                    "rope_theta",
                    "partial_rotary_factor",
                    "rotary_dim",
                    "original_max_position_embeddings",
                    "use_scaled_rope",
                    "rope_scaling_factor",
                    "sliding_window",
                    "use_sliding_window",
                    "layer_types",
                    "max_window_layers",
                    "rope_scaling",
                    "rope_parameters",
                    "config",
                    "kaya");

    private static final List<String> SCALING =
            List.of(
                    "factor",
                    "low_freq_factor",
                    "high_freq_factor",
                    "original_max_position_embeddings",
                    "attention_factor",
                    "beta_fast",
                    "beta_slow",
                    "mscale",
                    "mscale_all_dim",
                    "truncate",
                    "rope_theta");

    private static final List<String> VALUES =
            List.of(
                    "null",
                    "true",
                    "false",
                    "0",
                    "-1",
                    "1",
                    "2",
                    "3",
                    "4",
                    "2147483647",
                    "2147483648",
                    "1073741824",
                    "9223372036854775807",
                    "99999999999999999999",
                    "0.5",
                    "1e-300",
                    "1e300",
                    "-1e300",
                    "\"\"",
                    "\"2\"",
                    "[]",
                    "[1, null, {}]",
                    "{}",
                    "{\"tensors\": {\"up\": \"{layer}\"}}",
                    "{\"rope_theta\": {}}");

    @TempDir private Path folder;
    private int models;

    @Test
    void oneAtATime() throws IOException {
        TinyCheckpoint.qwen3().write(folder);
        for (String name : NAMES) {
            for (String value : VALUES) {
                open(List.of("\"%s\": %s".formatted(name, value)));
            }
        }
        assertThat(models).isPositive();
    }

    @Test
    void severalTogether() throws IOException {
        TinyCheckpoint.llama().write(folder);
        var random = new Random(31);
        for (int i = 0; i < 400; i++) {
            List<String> settings = new ArrayList<>();
            for (int count = random.nextInt(4); count > 0; count--) {
                settings.add("\"%s\": %s".formatted(any(random, NAMES), any(random, VALUES)));
            }
            List<String> scaling = new ArrayList<>();
            scaling.add(
                    "\"type\": \"%s\""
                            .formatted(
                                    any(random, List.of("yarn", "llama3", "linear", "dynamic"))));
            for (String name : SCALING) {
                if (random.nextInt(3) > 0) {
                    boolean sane = random.nextInt(3) > 0;
                    String value = sane ? any(random, List.of("4", "1.5")) : any(random, VALUES);
                    scaling.add("\"%s\": %s".formatted(name, value));
                }
            }
            settings.add("\"rope_scaling\": {%s}".formatted(String.join(", ", scaling)));
            open(settings);
        }
        assertThat(models).isPositive();
    }

    private static String any(Random random, List<String> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** The settings of the model itself come first, where they are not among those given. */
    private void open(List<String> settings) throws IOException {
        List<String> all = new ArrayList<>(settings);
        for (String usual :
                List.of("\"num_attention_heads\": 4", "\"max_position_embeddings\": 24")) {
            String name = usual.substring(0, usual.indexOf(':'));
            if (settings.stream().noneMatch(setting -> setting.startsWith(name))) {
                all.add(usual);
            }
        }
        String config = "{" + String.join(", ", all) + "}";
        Files.writeString(folder.resolve("config.json"), config);
        try {
            LoadedModel model = ModelLoader.load(folder);
            int context = model.model().config().dimensions().context();
            if (context <= 4096) {
                try (var decoder = new TestDecoder(model)) {
                    int[] ids = new int[Math.min(context, 3)];
                    assertThat(decoder.forward(ids, 2)).hasNumberOfRows(ids.length);
                }
            }
            models++;
        } catch (MalformedCheckpointException e) {
            assertThat(e.getMessage()).startsWith(folder.toString());
        } catch (RuntimeException | Error e) {
            fail(config, e);
        }
    }
}
