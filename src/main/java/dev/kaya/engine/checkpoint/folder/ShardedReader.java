package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.TensorSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens the parts of a checkpoint that an index names: {@code {"metadata": {…}, "weight_map": {name
 * of a tensor: name of a file}}}, as Hugging Face writes it for safetensors and PyTorch files.
 *
 * <p>The files lie beside the index, and hold the tensors that it says, no more and no fewer.
 */
final class ShardedReader {

    /** The most parts; models of 400 billion parameters have about 200. */
    static final int MAX_PARTS = 1024;

    private final Path index;
    private final Map<String, String> fileOf;
    private final Map<String, Checkpoint> parts = new LinkedHashMap<>();

    private ShardedReader(Path index, Map<String, String> fileOf) {
        this.index = index;
        this.fileOf = fileOf;
    }

    /**
     * Opens all parts; when one cannot be opened, the others are closed again.
     *
     * @param weightMap as the index has it
     * @param metadata of the index
     */
    static Checkpoint open(
            Path index,
            Map<String, @Nullable Object> weightMap,
            Map<String, @Nullable Object> metadata)
            throws IOException {
        ShardedReader reader = new ShardedReader(index, files(index, weightMap));
        try {
            for (String file : reader.fileOf.values()) {
                reader.addPart(file);
            }
            return reader.checkpoint(metadata);
        } catch (IOException | RuntimeException | Error e) {
            reader.close();
            throw e;
        }
    }

    private static Map<String, String> files(Path index, Map<String, @Nullable Object> weightMap)
            throws MalformedCheckpointException {
        Map<String, String> files = new LinkedHashMap<>();
        for (Map.Entry<String, @Nullable Object> entry : weightMap.entrySet()) {
            if (!(entry.getValue() instanceof String file)) {
                throw fault(index, "the index names no file for the tensor " + entry.getKey());
            }
            files.put(entry.getKey(), file);
        }
        if (files.isEmpty()) {
            throw fault(index, "the index names no tensors");
        }
        return files;
    }

    private void addPart(String name) throws IOException {
        if (parts.containsKey(name)) {
            return;
        }
        if (parts.size() == MAX_PARTS) {
            throw fault("the index names more than " + MAX_PARTS + " files");
        }
        Path file = sibling(name);
        if (!Files.isRegularFile(file)) {
            throw fault(
                    "the index names the file "
                            + name
                            + ", which is not beside it; put all parts into one folder");
        }
        Checkpoint part = CheckpointReader.openPart(file);
        parts.put(name, part);
        for (String tensor : part.tensors().keySet()) {
            checkPlace(tensor, name);
        }
    }

    /** A plain name of a file in the folder of the index; nothing that leads elsewhere. */
    private Path sibling(String name) throws MalformedCheckpointException {
        try {
            Path path = Path.of(name);
            boolean plain =
                    path.getRoot() == null
                            && path.getNameCount() == 1
                            && !name.isEmpty()
                            && !name.equals(".")
                            && !name.equals("..")
                            && name.indexOf('/') < 0
                            && name.indexOf('\\') < 0;
            if (plain) {
                return index.resolveSibling(path);
            }
        } catch (InvalidPathException e) {
            throw fault("the index names a file that cannot be one: " + e.getReason());
        }
        throw fault(
                "the index names the file " + name + "; only files in its own folder are opened");
    }

    private void checkPlace(String tensor, String file) throws MalformedCheckpointException {
        String expected = fileOf.get(tensor);
        if (expected == null) {
            throw fault(
                    "the file "
                            + file
                            + " has the tensor "
                            + tensor
                            + ", which the index does not name; they do not belong together");
        }
        if (!expected.equals(file)) {
            throw fault(
                    "the tensor "
                            + tensor
                            + " is in the file "
                            + file
                            + ", but the index says that it is in "
                            + expected);
        }
    }

    private Checkpoint checkpoint(Map<String, @Nullable Object> metadata)
            throws MalformedCheckpointException {
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : fileOf.entrySet()) {
            Checkpoint part = parts.get(entry.getValue());
            TensorSource tensor = part == null ? null : part.tensors().get(entry.getKey());
            if (tensor == null) {
                throw fault(
                        "the index says that the tensor "
                                + entry.getKey()
                                + " is in the file "
                                + entry.getValue()
                                + ", which does not have it");
            }
            tensors.put(entry.getKey(), tensor);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>(metadata);
        parts.values().forEach(part -> part.metadata().forEach(all::putIfAbsent));
        String format = parts.values().iterator().next().format();
        String files = parts.size() == 1 ? "1 file" : parts.size() + " files";
        return new OpenCheckpoint(index, format + ", " + files, tensors, all, this::close);
    }

    /** Closes every part, also when closing one of them fails. */
    private void close() throws IOException {
        IOException first = null;
        for (Checkpoint part : parts.values()) {
            try {
                part.close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private MalformedCheckpointException fault(String reason) {
        return fault(index, reason);
    }

    private static MalformedCheckpointException fault(Path index, String reason) {
        return new MalformedCheckpointException(index, -1, reason);
    }
}
