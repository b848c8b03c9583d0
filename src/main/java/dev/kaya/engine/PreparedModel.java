package dev.kaya.engine;

import dev.kaya.engine.LoadedModel.Card;
import dev.kaya.engine.LoadedModel.Contents;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.model.TransformerWeights;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.engine.resolve.ResolvedCheckpoint;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint that is understood, its weights not yet read: what it will take in memory can be
 * weighed before anything of size is allocated. Made by {@link ModelLoader#open}; not thread-safe.
 */
public final class PreparedModel implements AutoCloseable {

    private final ResolvedCheckpoint resolved;
    private final LoadOptions options;
    private final TransformerConfig served;
    private final long weightBytes;
    private final List<Assumption> assumptions;

    PreparedModel(ResolvedCheckpoint resolved, LoadOptions options) throws IOException {
        this.resolved = resolved;
        this.options = options;
        served = served(resolved, options);
        weights(new TensorReader(options.weights())).checkShapes();
        weightBytes =
                WeightLoader.packedBytes(resolved.tensors(), resolved.isTied(), options.weights());
        assumptions = new ArrayList<>(resolved.assumptions());
        assumptions.addAll(resolved.texts().assumptions());
    }

    private WeightLoader weights(TensorReader reader) throws IOException {
        return new WeightLoader(resolved.tensors(), resolved.config(), resolved.isTied(), reader);
    }

    /** The configuration with a context of its own choice, which can only be shorter. */
    static TransformerConfig served(ResolvedCheckpoint resolved, LoadOptions options)
            throws IOException {
        TransformerConfig stored = resolved.config();
        int most = stored.dimensions().context();
        int wanted = options.context().orElse(most);
        if (wanted > most) {
            boolean learned = stored.positions().kind() == PositionKind.LEARNED;
            throw new MalformedCheckpointException(
                    resolved.folder().weights(),
                    -1,
                    "kaya.context-length must be at most %d, the context of this model, %s; given %d"
                            .formatted(
                                    most,
                                    learned
                                            ? "which learned no more positions"
                                            : "which was trained for no more; where it is stretched"
                                                    + " by rope_scaling, its config.json says so",
                                    wanted));
        }
        return stored.withContext(wanted);
    }

    /** The arithmetic of the model, with the context that it will be served with. */
    public TransformerConfig config() {
        return served;
    }

    /** What neither the checkpoint nor the files beside it say. */
    public List<Assumption> assumptions() {
        return List.copyOf(assumptions);
    }

    /** Bytes that the packed weights will take. */
    public long weightBytes() {
        return weightBytes;
    }

    /** Bytes that the open checkpoint takes on the heap until its weights are packed. */
    public long loadingBytes() {
        return loadingBytes(resolved.checkpoint());
    }

    static long loadingBytes(Checkpoint checkpoint) {
        long windows =
                (long) TensorReader.WINDOW_BYTES * Runtime.getRuntime().availableProcessors();
        long held = 0;
        if (checkpoint.format().equals("json")) {
            for (TensorSource tensor : checkpoint.tensors().values()) {
                held += DataType.F32.bytes(tensor.elementCount());
            }
        }
        return windows + held;
    }

    Path weightsFile() {
        return resolved.folder().weights();
    }

    /**
     * Reads the weights.
     *
     * @throws IOException when the file cannot be read
     */
    public LoadedModel load() throws IOException {
        try (TensorReader reader = new TensorReader(options.weights())) {
            TransformerWeights packed = weights(reader).load();
            reader.finish();
            var card =
                    new Card(
                            resolved.name(),
                            resolved.folder().weights(),
                            resolved.checkpoint().format(),
                            resolved.tensors().dialect().name(),
                            contents(packed, reader.fingerprint()));
            ResolvedCheckpoint.Texts texts = resolved.texts();
            return new LoadedModel(
                    card,
                    new TransformerModel(served, packed),
                    texts.tokenizer(),
                    texts.special(),
                    texts.defaults());
        }
    }

    private Contents contents(TransformerWeights packed, String fingerprint) throws IOException {
        Map<DataType, Long> elements = new EnumMap<>(DataType.class);
        long parameters = 0;
        for (TensorSource tensor : resolved.tensors().served(resolved.isTied())) {
            parameters += tensor.elementCount();
            elements.merge(tensor.type(), tensor.elementCount(), Long::sum);
        }
        Set<DataType> held = EnumSet.noneOf(DataType.class);
        long bytes = 0;
        for (PackedMatrix matrix : packed.matrices()) {
            held.addAll(matrix.types());
            bytes += matrix.bytes();
        }
        return new Contents(parameters, elements, held, bytes, fingerprint);
    }

    @Override
    public void close() throws IOException {
        resolved.close();
    }
}
