package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bare pickle such as nanoGPT's {@code meta.pkl} as data, running nothing.
 *
 * <p>Keys that are numbers become decimal strings, in the order of the file; bytes become strings
 * of the same code points; objects of unknown classes the map of their attributes.
 */
public final class PickleFile {

    /** The largest file read. */
    public static final long MAX_BYTES = 64L << 20;

    private PickleFile() {}

    /**
     * Reads a whole file.
     *
     * @return an unmodifiable tree as {@code Checkpoint.metadata()} describes it
     * @throws MalformedCheckpointException when the file is no pickle of a dict, is damaged or too
     *     large, or calls something that is not data; the message names it
     * @throws IOException when it cannot be read
     */
    public static Map<String, @Nullable Object> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new MalformedCheckpointException(file, -1, "there is no such file");
        }
        try (MappedFile mapped = MappedFile.open(file)) {
            if (mapped.length() > MAX_BYTES) {
                throw mapped.fault(
                        "the pickle has "
                                + mapped.length()
                                + " bytes; at most "
                                + MAX_BYTES
                                + " are read");
            }
            Object root = new Unpickler(mapped.cursor(0, mapped.length())).load();
            PickleTree tree = new PickleTree(file, tensor -> refuseTensor(mapped));
            return switch (root) {
                case Dict dict -> tree.map(dict.entries());
                case Bag bag -> tree.bag(bag);
                case null, default -> throw mapped.fault("the pickle is not a dict");
            };
        }
    }

    private static Object refuseTensor(MappedFile file) throws MalformedCheckpointException {
        throw file.fault("the pickle refers to a tensor that is not in the file");
    }
}
