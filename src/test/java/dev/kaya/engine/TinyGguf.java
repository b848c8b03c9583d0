package dev.kaya.engine;

import static java.util.Objects.requireNonNull;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A {@link TinyCheckpoint} in GGUF: tensors renamed, turned and reordered as converters do. */
final class TinyGguf {

    private static final Set<WeightRole> TABLES =
            Set.of(WeightRole.TOKEN_EMBEDDING, WeightRole.POSITION_EMBEDDING, WeightRole.HEAD);
    private static final int LAYERS = 2;
    private static final int LLAMA_HEAD_LENGTH = 4;

    private TinyGguf() {}

    /** GPT-2 from the weights that {@code tiny} writes into {@code source}. */
    static GgufWriter gpt2(TinyCheckpoint tiny, Path source) throws IOException {
        GgufWriter writer =
                new GgufWriter()
                        .put("general.architecture", "gpt2")
                        .put("gpt2.context_length", 24L)
                        .put("gpt2.embedding_length", 16L)
                        .put("gpt2.block_count", 2L)
                        .put("gpt2.feed_forward_length", 32L)
                        .put("gpt2.attention.head_count", 2L)
                        .put("gpt2.attention.layer_norm_epsilon", 1e-5);
        convert(tiny.write(source), Dialects.GPT2, Dialects.GGUF_GPT2, writer);
        return writer;
    }

    /** LLaMA from the weights that {@code tiny} writes into {@code source}. */
    static GgufWriter llama(TinyCheckpoint tiny, Path source) throws IOException {
        GgufWriter writer =
                new GgufWriter()
                        .put("general.architecture", "llama")
                        .put("llama.context_length", 24L)
                        .put("llama.embedding_length", 16L)
                        .put("llama.block_count", 2L)
                        .put("llama.feed_forward_length", 32L)
                        .put("llama.attention.head_count", 4L)
                        .put("llama.attention.head_count_kv", 2L)
                        .put("llama.attention.layer_norm_rms_epsilon", 1e-6)
                        .put("llama.rope.dimension_count", 4L)
                        .put("llama.rope.freq_base", 10000.0);
        convert(tiny.write(source), Dialects.LLAMA, Dialects.GGUF_LLAMA, writer);
        return writer;
    }

    /** Writes the file with the vocabulary of {@link TinyCheckpoint} beside it. */
    static Path write(GgufWriter writer, Path folder) throws IOException {
        TinyCheckpoint.gpt2().write(folder);
        Files.delete(folder.resolve("model.safetensors"));
        Files.delete(folder.resolve("config.json"));
        writer.write(folder.resolve("tiny.gguf"));
        return folder;
    }

    private static void convert(Path weights, Dialect from, Dialect to, GgufWriter writer)
            throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(weights)) {
            for (WeightRole role : WeightRole.values()) {
                for (int layer = 0; layer < (role.perLayer() ? LAYERS : 1); layer++) {
                    if (from.has(role) && checkpoint.tensors().containsKey(from.key(role, layer))) {
                        TensorSource tensor = checkpoint.tensors().get(from.key(role, layer));
                        convert(requireNonNull(tensor), role, from, writer, to.key(role, layer));
                    }
                }
            }
        }
    }

    private static void convert(
            TensorSource tensor, WeightRole role, Dialect from, GgufWriter writer, String name)
            throws IOException {
        float[] values = new TensorReader(WeightFormat.AUTO).floats(tensor);
        int rows = tensor.shape().get(0).intValue();
        int columns = values.length / rows;
        boolean matrix = tensor.shape().size() == 2;
        if (from.layout().transposed() && matrix && !TABLES.contains(role)) {
            writer.add(name, transposed(values, rows, columns), columns, rows);
            return;
        }
        float[] ordered = isRotated(role, from) ? paired(values, rows, columns) : values;
        if (matrix) {
            writer.add(name, ordered, rows, columns);
        } else {
            writer.add(name, ordered, rows);
        }
    }

    private static boolean isRotated(WeightRole role, Dialect dialect) {
        return dialect.equals(Dialects.LLAMA)
                && (role == WeightRole.QUERY
                        || role == WeightRole.QUERY_BIAS
                        || role == WeightRole.KEY
                        || role == WeightRole.KEY_BIAS);
    }

    /** Element 2i of a head is element i of the halves, element 2i + 1 is i + D/2. */
    private static float[] paired(float[] values, int rows, int columns) {
        float[] paired = new float[values.length];
        int half = LLAMA_HEAD_LENGTH / 2;
        for (int head = 0; head < rows; head += LLAMA_HEAD_LENGTH) {
            for (int i = 0; i < half; i++) {
                copyRow(values, head + i, paired, head + 2 * i, columns);
                copyRow(values, head + half + i, paired, head + 2 * i + 1, columns);
            }
        }
        return paired;
    }

    private static void copyRow(float[] from, int row, float[] to, int target, int columns) {
        System.arraycopy(from, row * columns, to, target * columns, columns);
    }

    private static float[] transposed(float[] values, int rows, int columns) {
        float[] transposed = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                transposed[column * rows + row] = values[row * columns + column];
            }
        }
        return transposed;
    }
}
