package dev.kaya.engine;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.resolve.ResolvedCheckpoint;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

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
        ResolvedCheckpoint resolved = ResolvedCheckpoint.open(path);
        try {
            return new PreparedModel(resolved, options);
        } catch (IOException | RuntimeException | Error e) {
            resolved.close();
            throw e;
        }
    }

    /** The folder's name, or the file's without its ending. */
    public static String nameOf(Path path) {
        return ResolvedCheckpoint.nameOf(path);
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
                            "its weights take %,d MiB but the heap is %,d MiB: start with -Xmx%dm",
                            needed >> 20,
                            heap >> 20,
                            megabytes));
        }
    }
}
