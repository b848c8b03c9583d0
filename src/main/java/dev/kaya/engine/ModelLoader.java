package dev.kaya.engine;

import dev.kaya.engine.ConfigValues.Setting;
import dev.kaya.engine.LoadedModel.Card;
import dev.kaya.engine.LoadedModel.Contents;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.JsonFile;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.model.TransformerWeights;
import dev.kaya.engine.tensor.DataType;
import dev.kaya.engine.tensor.PackedMatrix;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the path of a checkpoint into a model that can be served. */
public final class ModelLoader {

    // Weights may take this share of the heap; activations, KV pages and requests need the rest.
    private static final double HEAP_SHARE = 0.9;

    private ModelLoader() {}

    /** Loads a checkpoint whose matrices keep their type. */
    public static LoadedModel load(Path path) throws IOException {
        return load(path, WeightFormat.AUTO);
    }

    /**
     * Loads a checkpoint.
     *
     * @param path a weight file, or a folder with one
     * @param format of matrices in memory
     * @throws MalformedCheckpointException when it cannot be served; the message says why and what
     *     to do
     * @throws IOException when a file cannot be read
     */
    public static LoadedModel load(Path path, WeightFormat format) throws IOException {
        CheckpointFolder folder = CheckpointFolder.find(path);
        try (Checkpoint checkpoint = CheckpointReader.open(folder.weights());
                TensorReader reader = new TensorReader(format)) {
            ConfigValues values = values(folder, checkpoint);
            StateDict weights = StateDict.of(checkpoint, values);
            TransformerConfig config = new ConfigResolver(weights, values).resolve();
            boolean tied = TiedHead.of(weights, values);
            refuseWhatDoesNotFit(weights, bytes(weights, config, tied, format));
            TransformerWeights packed = new WeightLoader(weights, config, tied, reader).load();
            Tokenizer tokenizer =
                    new TokenizerLoader(folder, checkpoint.metadata(), values)
                            .load(config.dimensions().vocabulary());
            checkVocabulary(folder.weights(), tokenizer, config);
            SpecialTokens special =
                    specialTokens(folder, values, tokenizer, weights.dialect(), config);
            reader.finish();
            Contents contents = contents(weights, tied, packed, reader.fingerprint());
            Card card =
                    new Card(
                            nameOf(path),
                            folder.weights(),
                            checkpoint.format(),
                            weights.dialect().name(),
                            contents);
            return new LoadedModel(
                    card,
                    new TransformerModel(config, packed),
                    tokenizer,
                    special,
                    GenerationDefaults.of(generation(folder)));
        }
    }

    static ConfigValues values(CheckpointFolder folder, Checkpoint checkpoint) throws IOException {
        var values = new ConfigValues(folder.weights(), checkpoint.metadata());
        addFile(values, folder.config() == null ? metaConfig(folder) : folder.config());
        return values;
    }

    /** Meta's own name for what others call {@code config.json}. */
    private static @Nullable Path metaConfig(CheckpointFolder folder) {
        Path file = folder.weights().resolveSibling("params.json");
        return Files.isRegularFile(file) ? file : null;
    }

    private static void addFile(ConfigValues values, @Nullable Path file) throws IOException {
        if (file != null) {
            values.add(file, JsonFile.read(file));
        }
    }

    /** The folder's name, or the file's without its ending. */
    public static String nameOf(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path last = absolute.getFileName();
        if (last == null) {
            return "model";
        }
        String name = last.toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && !Files.isDirectory(path) ? name.substring(0, dot) : name;
    }

    static void checkVocabulary(Path path, Tokenizer tokenizer, TransformerConfig config)
            throws MalformedCheckpointException {
        int vocabulary = config.dimensions().vocabulary();
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "the tokenizer has "
                            + tokenizer.vocabularySize()
                            + " tokens but the model only "
                            + vocabulary);
        }
    }

    /** Bytes that a model will take in memory: packed weights and the tables of its positions. */
    static long bytes(
            StateDict weights, TransformerConfig config, boolean tied, WeightFormat format) {
        int context = config.dimensions().context();
        return Math.addExact(
                WeightLoader.packedBytes(weights, tied, format),
                config.positions().tableBytes(context));
    }

    private static void refuseWhatDoesNotFit(StateDict weights, long needed)
            throws MalformedCheckpointException {
        long heap = Runtime.getRuntime().maxMemory();
        if (needed > heap * HEAP_SHARE) {
            long megabytes = (long) (needed / HEAP_SHARE * 1.2 / (1 << 20)) + 256;
            throw new MalformedCheckpointException(
                    weights.path(),
                    -1,
                    String.format(
                            Locale.ROOT,
                            "its weights take %,d MB but the heap is %,d MB: start with -Xmx%dm",
                            needed >> 20,
                            heap >> 20,
                            megabytes));
        }
    }

    private static ConfigValues generation(CheckpointFolder folder) throws IOException {
        ConfigValues generation = new ConfigValues(folder.weights(), Map.of());
        addFile(generation, folder.generationConfig());
        return generation;
    }

    /** Texts of microgpt begin with the BOS that it names, whatever tokenizer it came with. */
    static SpecialTokens specialTokens(
            CheckpointFolder folder,
            ConfigValues values,
            Tokenizer tokenizer,
            Dialect dialect,
            TransformerConfig config)
            throws IOException {
        int vocabulary = config.dimensions().vocabulary();
        List<Integer> bos = ids(values, Setting.BOS, vocabulary);
        boolean addsBos =
                tokenizer.addsBos() || (dialect.equals(Dialects.MICROGPT) && !bos.isEmpty());
        List<Integer> ends = ids(generation(folder), Setting.EOS, vocabulary);
        if (ends.isEmpty()) {
            ends = EndTokens.of(tokenizer, endsIn(values, vocabulary));
        }
        if (ends.isEmpty() && addsBos) {
            ends = bos; // as in microgpt, where it begins and ends a text
        }
        OptionalInt first =
                bos.isEmpty() ? OptionalInt.empty() : OptionalInt.of(bos.get(0).intValue());
        return new SpecialTokens(
                tokenizer.addsBos() ? tokenizer.bosTokenId() : first, ends, addsBos);
    }

    /** What the file names as the end of a text, of a turn or of a message. */
    private static List<Integer> endsIn(ConfigValues values, int vocabulary)
            throws MalformedCheckpointException {
        List<Integer> ends = new ArrayList<>();
        for (Setting end : List.of(Setting.EOS, Setting.END_OF_TURN, Setting.END_OF_MESSAGE)) {
            ends.addAll(ids(values, end, vocabulary));
        }
        return ends;
    }

    private static List<Integer> ids(ConfigValues values, Setting setting, int vocabulary)
            throws MalformedCheckpointException {
        Object value = values.find(setting);
        if (value == null) {
            return List.of();
        }
        List<Integer> ids = new ArrayList<>();
        for (Object id : value instanceof List<?> list ? list : List.of(value)) {
            if (!(id instanceof Long number) || number < 0 || number >= vocabulary) {
                throw values.wrong(setting, "an id below " + vocabulary, value);
            }
            ids.add(number.intValue());
        }
        return ids;
    }

    private static Contents contents(
            StateDict weights, boolean tied, TransformerWeights packed, String fingerprint) {
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
}
