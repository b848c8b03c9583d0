package dev.kaya.engine;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.CheckpointReader;
import dev.kaya.engine.checkpoint.GitLfsPointer;
import dev.kaya.engine.checkpoint.JsonFile;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.UnreadableFile;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
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

    /** Loads a checkpoint with its own context. */
    public static LoadedModel load(Path path, WeightFormat format) throws IOException {
        return load(path, LoadOptions.of(format));
    }

    /**
     * Loads a checkpoint whose weights fit the heap.
     *
     * @param path a weight file, or a folder with one
     * @param options of its weights and context
     * @throws MalformedCheckpointException when it cannot be served; the message says why and what
     *     to do
     * @throws IOException when a file cannot be read
     */
    public static LoadedModel load(Path path, LoadOptions options) throws IOException {
        try (PreparedModel model = open(path, options)) {
            refuseWhatDoesNotFit(model);
            return model.load();
        }
    }

    /**
     * Understands a checkpoint without reading its weights.
     *
     * @throws MalformedCheckpointException when it cannot be served; the message says why and what
     *     to do
     * @throws IOException when a file cannot be read
     */
    public static PreparedModel open(Path path, LoadOptions options) throws IOException {
        try {
            CheckpointFolder folder = CheckpointFolder.find(path);
            Checkpoint checkpoint = CheckpointReader.open(folder.weights());
            try {
                return new PreparedModel(path, folder, checkpoint, options);
            } catch (IOException | RuntimeException | Error e) {
                checkpoint.close();
                throw e;
            }
        } catch (FileSystemException e) {
            throw UnreadableFile.explained(path, e);
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
            GitLfsPointer.refuse(file);
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

    static void checkVocabulary(Path path, Tokenizer tokenizer, int vocabulary)
            throws MalformedCheckpointException {
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

    private static void refuseWhatDoesNotFit(PreparedModel model)
            throws MalformedCheckpointException {
        TransformerConfig config = model.config();
        long needed =
                Math.addExact(
                        model.weightBytes(),
                        config.positions().tableBytes(config.dimensions().context()));
        long heap = Runtime.getRuntime().maxMemory();
        if (needed > heap * HEAP_SHARE) {
            long megabytes = (long) (needed / HEAP_SHARE * 1.2 / (1 << 20)) + 256;
            throw new MalformedCheckpointException(
                    model.weightsFile(),
                    -1,
                    String.format(
                            Locale.ROOT,
                            "its weights take %,d MB but the heap is %,d MB: start with -Xmx%dm",
                            needed >> 20,
                            heap >> 20,
                            megabytes));
        }
    }

    /** What {@code generation_config.json} says; nothing where there is none. */
    static ConfigValues generation(CheckpointFolder folder) throws IOException {
        ConfigValues generation = new ConfigValues(folder.weights(), Map.of());
        addFile(generation, folder.generationConfig());
        return generation;
    }
}
