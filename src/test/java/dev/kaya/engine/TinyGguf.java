package dev.kaya.engine;

import static java.util.Objects.requireNonNull;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.dialect.GgufDialects;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A {@link TinyCheckpoint} in GGUF: tensors renamed, turned and reordered as converters do. */
public final class TinyGguf {

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
        convert(tiny.write(source), Dialects.GPT2, GgufDialects.GPT2, writer);
        return writer;
    }

    /** LLaMA from the weights that {@code tiny} writes into {@code source}. */
    public static GgufWriter llama(TinyCheckpoint tiny, Path source) throws IOException {
        return llama(tiny, source, "llama", Dialects.LLAMA, GgufDialects.LLAMA);
    }

    /** Qwen2, which has LLaMA's names where it comes from. */
    static GgufWriter qwen2(TinyCheckpoint tiny, Path source) throws IOException {
        return llama(tiny, source, "qwen2", Dialects.LLAMA, GgufDialects.QWEN2);
    }

    /** Qwen3. */
    static GgufWriter qwen3(TinyCheckpoint tiny, Path source) throws IOException {
        return llama(tiny, source, "qwen3", Dialects.QWEN3, GgufDialects.QWEN3);
    }

    private static GgufWriter llama(
            TinyCheckpoint tiny, Path source, String architecture, Dialect from, Dialect to)
            throws IOException {
        String prefix = architecture + ".";
        GgufWriter writer =
                new GgufWriter()
                        .put("general.architecture", architecture)
                        .put(prefix + "context_length", 24L)
                        .put(prefix + "embedding_length", 16L)
                        .put(prefix + "block_count", 2L)
                        .put(prefix + "feed_forward_length", 32L)
                        .put(prefix + "attention.head_count", 4L)
                        .put(prefix + "attention.head_count_kv", 2L)
                        .put(prefix + "attention.layer_norm_rms_epsilon", 1e-6)
                        .put(prefix + "rope.dimension_count", 4L)
                        .put(prefix + "rope.freq_base", 10000.0);
        convert(tiny.write(source), from, to, writer);
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
                        var target = new Target(role, to, to.key(role, layer));
                        convert(requireNonNull(tensor), from, target, writer);
                    }
                }
            }
        }
    }

    /** What a tensor is for, and how it is called in another dialect. */
    private record Target(WeightRole role, Dialect dialect, String name) {
        boolean paired() {
            return dialect.layout().pairedRotary()
                    && (role.biased() == WeightRole.QUERY || role.biased() == WeightRole.KEY);
        }
    }

    private static void convert(TensorSource tensor, Dialect from, Target target, GgufWriter writer)
            throws IOException {
        float[] values = new TensorReader(WeightFormat.AUTO).floats(tensor);
        int rows = tensor.shape().get(0).intValue();
        int columns = values.length / rows;
        boolean matrix = tensor.shape().size() == 2;
        if (from.layout().transposed() && matrix && !target.role().isTable()) {
            writer.add(target.name(), transposed(values, rows, columns), columns, rows);
            return;
        }
        float[] ordered = target.paired() ? paired(values, rows, columns) : values;
        if (matrix) {
            writer.add(target.name(), ordered, rows, columns);
        } else {
            writer.add(target.name(), ordered, rows);
        }
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
