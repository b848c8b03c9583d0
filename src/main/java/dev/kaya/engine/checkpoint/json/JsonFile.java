package dev.kaya.engine.checkpoint.json;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON files that lie beside a checkpoint, such as {@code config.json}, into the tree
 * that {@code Checkpoint.metadata()} describes.
 *
 * <p>Strict: the document is one object, no key stands twice in an object, numbers are finite.
 * Whole numbers beyond 64 bits become {@code Double}.
 */
public final class JsonFile {

    /** The largest file read; real {@code tokenizer.json} files stay under 40 MB. */
    public static final long MAX_BYTES = 64L << 20;

    private JsonFile() {}

    /**
     * Reads a whole file.
     *
     * @return an unmodifiable tree in the file's order
     * @throws MalformedCheckpointException with line and column when the file is not such JSON, or
     *     larger than {@link #MAX_BYTES}
     * @throws IOException when it cannot be read
     */
    public static Map<String, @Nullable Object> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new MalformedCheckpointException(file, -1, "there is no such file");
        }
        long length = Files.size(file);
        if (length > MAX_BYTES) {
            throw new MalformedCheckpointException(
                    file,
                    -1,
                    "the file has " + length + " bytes; at most " + MAX_BYTES + " are read");
        }
        try (JsonSource source = JsonSource.of(file, Files.newInputStream(file))) {
            return JsonTree.document(source);
        }
    }
}
