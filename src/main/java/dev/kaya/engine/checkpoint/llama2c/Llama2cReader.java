package dev.kaya.engine.checkpoint.llama2c;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.ContiguousTensor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.StoredBytes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.matrix.DataType;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the models of llama2.c, versions 0 and 1: sizes, then all tensors in single precision,
 * those of one kind layer by layer. They get the names of the LLaMA code that they were exported
 * from, such as {@code layers.0.attention.wq.weight}, and the sizes are metadata under its names.
 * What is fixed in llama2.c, the base of the rotary positions and the epsilon of the norms, stands
 * with them.
 *
 * @see <a href="https://github.com/karpathy/llama2.c/blob/master/export.py">export.py</a>
 */
public final class Llama2cReader {

    private static final double NORM_EPSILON = 1e-5;
    private static final double ROPE_BASE = 10_000;

    private final MappedFile file;
    private final Llama2cHeader header;
    private final Map<String, TensorSource> tensors = new LinkedHashMap<>();
    private long position;

    private Llama2cReader(MappedFile file, Llama2cHeader header) {
        this.file = file;
        this.header = header;
    }

    public static Checkpoint read(MappedFile file) throws MalformedCheckpointException {
        MemorySegment all = file.slice(0, file.length());
        int version = Llama2cHeader.version(all);
        if (version > 1) {
            throw file.fault(
                    "this llama2.c file has version "
                            + version
                            + (version == 2 ? ", in 8 bits" : "")
                            + "; export the model again with --version 0 or --version 1");
        }
        Llama2cHeader header =
                version == 1 ? Llama2cHeader.parseVersion1(all) : Llama2cHeader.parse(all);
        if (header == null) {
            throw file.fault(
                    "the sizes at the head of this llama2.c file are not those of a model");
        }
        if (header.fileBytes() != file.length()) {
            throw file.fault(
                    "this llama2.c file has "
                            + file.length()
                            + " bytes, but by the sizes at its head it needs "
                            + header.fileBytes()
                            + "; it is cut off or damaged");
        }
        Llama2cReader reader = new Llama2cReader(file, header);
        if (version == 1) {
            reader.version1();
        } else {
            reader.version0();
        }
        return new OpenCheckpoint(file.path(), "llama2.c", reader.tensors, reader.metadata(), file);
    }

    private void version0() {
        position = Llama2cHeader.SHORT_BYTES;
        embedding();
        norms("attention_norm");
        attention();
        norms("ffn_norm");
        feedForward();
        add("norm.weight", header.dim());
        position += header.rotaryElements() * Float.BYTES;
        head();
    }

    private void version1() {
        position = Llama2cHeader.LONG_BYTES;
        norms("attention_norm");
        norms("ffn_norm");
        add("norm.weight", header.dim());
        embedding();
        attention();
        feedForward();
        head();
    }

    private void embedding() {
        add("tok_embeddings.weight", header.vocabulary(), header.dim());
    }

    private void head() {
        if (!header.sharesHead()) {
            add("output.weight", header.vocabulary(), header.dim());
        }
    }

    private void norms(String name) {
        addLayers(name, header.dim());
    }

    private void attention() {
        addLayers("attention.wq", header.dim(), header.dim());
        addLayers("attention.wk", header.keyLength(), header.dim());
        addLayers("attention.wv", header.keyLength(), header.dim());
        addLayers("attention.wo", header.dim(), header.dim());
    }

    private void feedForward() {
        addLayers("feed_forward.w1", header.hidden(), header.dim());
        addLayers("feed_forward.w2", header.dim(), header.hidden());
        addLayers("feed_forward.w3", header.hidden(), header.dim());
    }

    private void addLayers(String name, Long... shape) {
        for (long layer = 0; layer < header.layers(); layer++) {
            add("layers." + layer + "." + name + ".weight", shape);
        }
    }

    private void add(String name, Long... shape) {
        List<Long> lengths = List.of(shape);
        long bytes = DataType.F32.bytes(Shapes.elements(lengths));
        StoredBytes stored = file.stored(position, bytes);
        tensors.put(name, new ContiguousTensor(name, DataType.F32, lengths, stored));
        position += bytes;
    }

    private Map<String, @Nullable Object> metadata() {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("dim", header.dim());
        metadata.put("hidden_dim", header.hidden());
        metadata.put("n_layers", header.layers());
        metadata.put("n_heads", header.heads());
        metadata.put("n_kv_heads", header.keyValueHeads());
        metadata.put("vocab_size", header.vocabulary());
        metadata.put("max_seq_len", header.context());
        metadata.put("norm_eps", NORM_EPSILON);
        metadata.put("rope_theta", ROPE_BASE);
        return metadata;
    }
}
