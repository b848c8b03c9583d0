package dev.kaya.engine;

import dev.kaya.engine.LoadedModel.Card;
import dev.kaya.engine.LoadedModel.Contents;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.model.TransformerWeights;
import dev.kaya.engine.tensor.DataType;
import dev.kaya.engine.tensor.PackedMatrix;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A checkpoint that is understood, its weights not yet read: what it will take in memory can be
 * weighed before anything of size is allocated. Made by {@link ModelLoader#open}; not thread-safe.
 */
public final class PreparedModel implements AutoCloseable {

    private final Path path;
    private final CheckpointFolder folder;
    private final Checkpoint checkpoint;
    private final LoadOptions options;
    private final ConfigValues values;
    private final StateDict weights;
    private final TransformerConfig stored;
    private final TransformerConfig served;
    private final boolean tied;
    private final Texts texts;
    private final List<Assumption> assumptions;

    /**
     * What turns texts into ids and back.
     *
     * @param tokenizer text to ids
     * @param special tokens that begin and end texts
     * @param defaults sampling values that the checkpoint recommends
     * @param assumptions what nobody states of them
     */
    record Texts(
            Tokenizer tokenizer,
            SpecialTokens special,
            GenerationDefaults defaults,
            List<Assumption> assumptions) {

        static Texts of(
                CheckpointFolder folder,
                Checkpoint checkpoint,
                ConfigValues values,
                Dialect dialect,
                int vocabulary)
                throws IOException {
            var tokenizers = new TokenizerLoader(folder, checkpoint.metadata(), values);
            Tokenizer own = tokenizers.own(vocabulary);
            Tokenizer tokenizer = own == null ? tokenizers.bundled(vocabulary) : own;
            ModelLoader.checkVocabulary(folder.weights(), tokenizer, vocabulary);
            ConfigValues generation = ModelLoader.generation(folder);
            var resolver =
                    new SpecialTokensResolver(values, generation, tokenizer, dialect, vocabulary);
            List<Assumption> assumptions = new ArrayList<>(resolver.assumptions());
            if (own == null) {
                assumptions.add(
                        new Assumption(
                                "the tokenizer is GPT-2's, as the vocabulary has its size",
                                "put the model's own tokenizer beside the weights"));
            }
            return new Texts(
                    tokenizer, resolver.resolve(), GenerationDefaults.of(generation), assumptions);
        }
    }

    PreparedModel(Path path, CheckpointFolder folder, Checkpoint checkpoint, LoadOptions options)
            throws IOException {
        this.path = path;
        this.folder = folder;
        this.checkpoint = checkpoint;
        this.options = options;
        values = ModelLoader.values(folder, checkpoint);
        weights = StateDict.of(checkpoint, values);
        stored = new ConfigResolver(weights, values).resolve();
        served = served(folder.weights(), stored, options.context());
        tied = TiedHead.of(weights, values);
        new WeightLoader(weights, stored, tied, new TensorReader(options.weights())).checkShapes();
        int vocabulary = stored.dimensions().vocabulary();
        texts = Texts.of(folder, checkpoint, values, weights.dialect(), vocabulary);
        assumptions = new ArrayList<>(Assumptions.of(weights.dialect(), values, stored));
        assumptions.addAll(texts.assumptions());
    }

    /** The configuration with a context of its own choice, which can only be shorter. */
    static TransformerConfig served(Path path, TransformerConfig stored, OptionalInt context)
            throws MalformedCheckpointException {
        int most = stored.dimensions().context();
        int wanted = context.orElse(most);
        if (wanted > most) {
            boolean learned = stored.positions().kind() == PositionKind.LEARNED;
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "kaya.context-length must be at most %d, the context of this model, %s; given %d"
                            .formatted(
                                    most,
                                    learned
                                            ? "which has learnt no more positions"
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
        return WeightLoader.packedBytes(weights, tied, options.weights());
    }

    /** Bytes that the open checkpoint takes on the heap until its weights are packed. */
    public long loadingBytes() {
        return loadingBytes(checkpoint);
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
        return folder.weights();
    }

    /**
     * Reads the weights.
     *
     * @throws IOException when the file cannot be read
     */
    public LoadedModel load() throws IOException {
        try (TensorReader reader = new TensorReader(options.weights())) {
            TransformerWeights packed = new WeightLoader(weights, stored, tied, reader).load();
            reader.finish();
            Contents contents = contents(packed, reader.fingerprint());
            Card card =
                    new Card(
                            ModelLoader.nameOf(path),
                            folder.weights(),
                            checkpoint.format(),
                            weights.dialect().name(),
                            contents);
            return new LoadedModel(
                    card,
                    new TransformerModel(served, packed),
                    texts.tokenizer(),
                    texts.special(),
                    texts.defaults());
        }
    }

    private Contents contents(TransformerWeights packed, String fingerprint) {
        Map<DataType, Long> elements = new EnumMap<>(DataType.class);
        long parameters = 0;
        for (TensorSource tensor : weights.served(tied)) {
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
        checkpoint.close();
    }
}
