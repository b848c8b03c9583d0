package dev.kaya.documents;

import dev.kaya.engine.SafetensorsWriter;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The model of one's own in docs/checkpoints.md: a fixture of GPT-2 under other names, with its
 * projections stored as (out, in), as PyTorch's linear layers have them.
 */
final class OwnModel {

    static final Path FIXTURE = Path.of("src/test/resources/fixtures/hf-gpt2");

    private OwnModel() {}

    /** Writes weights and tokenizer, and no configuration yet. */
    static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        var writer = new SafetensorsWriter();
        try (Checkpoint checkpoint = CheckpointReader.open(FIXTURE.resolve("model.safetensors"))) {
            for (TensorSource tensor : checkpoint.tensors().values()) {
                float[] values = new TensorReader(WeightFormat.AUTO).floats(tensor);
                List<Long> shape = tensor.shape();
                boolean projection = tensor.name().matches("h\\..*\\.c_\\w+\\.weight");
                if (projection) {
                    writer.add(
                            renamed(tensor.name()),
                            transposed(values, shape.get(0).intValue(), shape.get(1).intValue()),
                            shape.get(1),
                            shape.get(0));
                } else {
                    writer.add(
                            renamed(tensor.name()),
                            values,
                            shape.stream().mapToLong(Long::longValue).toArray());
                }
            }
        }
        writer.write(folder.resolve("model.safetensors"));
        for (String file : List.of("vocab.json", "merges.txt")) {
            Files.copy(FIXTURE.resolve(file), folder.resolve(file));
        }
    }

    private static String renamed(String name) {
        return name.replace("wte.", "stem.")
                .replace("wpe.", "places.")
                .replace("ln_f.", "last.")
                .replaceFirst("^h\\.", "stack.")
                .replace("ln_1.", "calm.")
                .replace("attn.c_attn.", "mixer.all.")
                .replace("attn.c_proj.", "mixer.out.")
                .replace("ln_2.", "calm2.")
                .replace("mlp.c_fc.", "wide.")
                .replace("mlp.c_proj.", "narrow.");
    }

    private static float[] transposed(float[] values, int rows, int columns) {
        float[] transposed = new float[values.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                transposed[j * rows + i] = values[i * columns + j];
            }
        }
        return transposed;
    }
}
