package dev.kaya.engine.checkpoint.json;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.checkpoint.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Reads weights written as JSON: {@code {"metadata": {…}, "weights": {name: [[…]]}}}, or the bare
 * state dict {@code {name: [[…]]}}. A file with a {@code weight_map} has no weights itself: it is
 * the index of a checkpoint in parts.
 *
 * <p>Numbers become {@code F32} tensors on the heap. At the root, an array that begins with a
 * number or another array is a tensor, and everything else is metadata; the content of {@code
 * metadata} stands at the root of {@link Checkpoint#metadata()}.
 */
public final class JsonCheckpointReader {

    /** A number takes about twenty characters, so this is some 200 MB of weights. */
    public static final long MAX_BYTES = 1L << 30;

    private static final int LISTED = 8;
    private static final int SHOWN_CHARACTERS = 400;
    private static final String METADATA = "metadata";
    private static final String WEIGHTS = "weights";
    private static final String WEIGHT_MAP = "weight_map";

    /** Opens what an index names. */
    @FunctionalInterface
    public interface Index {
        /**
         * Opens all files that an index names.
         *
         * @param path of the index
         * @param weightMap files by the names of their tensors, as the index has it
         * @param metadata of the index
         */
        Checkpoint open(
                Path path,
                Map<String, @Nullable Object> weightMap,
                Map<String, @Nullable Object> metadata)
                throws IOException;
    }

    private final Index index;
    private final JsonSource source;
    private final JsonTree tree;
    private final Set<String> keys = new HashSet<>();
    private final Map<String, TensorSource> tensors = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    private @Nullable Map<String, @Nullable Object> weightMap;

    private JsonCheckpointReader(JsonSource source, Index index) {
        this.index = index;
        this.source = source;
        this.tree = new JsonTree(source);
    }

    /**
     * Reads weights, or opens what an index names.
     *
     * @param index how the latter is done
     */
    public static Checkpoint read(Path path, Index index) throws IOException {
        long length = Files.size(path);
        if (length > MAX_BYTES) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "the file has "
                            + length
                            + " bytes; JSON weights are read up to "
                            + MAX_BYTES
                            + ", larger ones belong into safetensors");
        }
        JsonCheckpointReader reader;
        try (JsonSource source = JsonSource.of(path, Files.newInputStream(path))) {
            reader = new JsonCheckpointReader(source, index);
            reader.root(length);
        }
        return reader.checkpoint(path);
    }

    private Checkpoint checkpoint(Path path) throws IOException {
        if (weightMap != null && !tensors.isEmpty()) {
            throw new MalformedCheckpointException(
                    path, -1, "this JSON is an index, by its weight_map, and holds weights itself");
        }
        if (weightMap != null) {
            return index.open(path, weightMap, metadata);
        }
        if (tensors.isEmpty()) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    "no weights are found in this JSON: they are read as arrays of numbers by their"
                            + " names, at its root or under \"weights\"; its keys are "
                            + listed());
        }
        return new OpenCheckpoint(path, "json", tensors, metadata, () -> {});
    }

    private String listed() {
        List<String> first = keys.stream().sorted().limit(LISTED).toList();
        return PrintableText.of(String.join(", ", first), SHOWN_CHARACTERS)
                + (keys.size() > LISTED ? " and more" : "");
    }

    private void root(long length) throws MalformedCheckpointException {
        source.next();
        while (source.next() != JsonToken.END_OBJECT) {
            String name = source.name();
            if (!keys.add(name)) {
                throw source.fault("the key \"" + name + "\" occurs twice");
            }
            JsonToken token = source.next();
            if (token == JsonToken.START_OBJECT && name.equals(WEIGHTS)) {
                weights();
            } else if (token == JsonToken.START_OBJECT && name.equals(METADATA)) {
                metadata.putAll(tree.object());
            } else if (token == JsonToken.START_OBJECT && name.equals(WEIGHT_MAP)) {
                weightMap(length);
            } else if (token == JsonToken.START_ARRAY) {
                arrayAtRoot(name);
            } else {
                metadata.put(name, tree.value(token));
            }
        }
        source.end();
    }

    private void weightMap(long length) throws MalformedCheckpointException {
        if (length > JsonFile.MAX_BYTES) {
            throw source.fault(
                    "the index has "
                            + length
                            + " bytes; at most "
                            + JsonFile.MAX_BYTES
                            + " are read");
        }
        weightMap = tree.object();
    }

    private void weights() throws MalformedCheckpointException {
        while (source.next() != JsonToken.END_OBJECT) {
            String name = source.name();
            if (source.next() != JsonToken.START_ARRAY) {
                throw source.fault("the weight \"" + name + "\" is not an array of numbers");
            }
            tensor(name, source.next());
        }
    }

    private void arrayAtRoot(String name) throws MalformedCheckpointException {
        JsonToken first = source.next();
        if (first == JsonToken.START_ARRAY || isNumber(first)) {
            tensor(name, first);
        } else {
            metadata.put(name, tree.array(first));
        }
    }

    private void tensor(String name, JsonToken first) throws MalformedCheckpointException {
        if (tensors.containsKey(name)) {
            throw source.fault("the weight \"" + name + "\" occurs twice");
        }
        tensors.put(name, new JsonTensorReader(source, name).read(first));
    }

    private static boolean isNumber(JsonToken token) {
        return token == JsonToken.VALUE_NUMBER_FLOAT || token == JsonToken.VALUE_NUMBER_INT;
    }
}
