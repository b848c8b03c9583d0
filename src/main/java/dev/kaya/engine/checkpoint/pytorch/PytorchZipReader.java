package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.StoredBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code torch.save} has written since 1.6: a zip of {@code NAME/data.pkl} and one entry
 * {@code NAME/data/KEY} a storage, in the byte order that {@code NAME/byteorder} tells.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/notes/serialization.html">the format</a>
 */
public final class PytorchZipReader {

    private static final String PICKLE = "data.pkl";
    private static final int MAX_BYTE_ORDER_BYTES = 16;

    private final MappedFile file;
    private final ZipDirectory directory;
    private final String folder;
    private final boolean bigEndian;

    private PytorchZipReader(MappedFile file, ZipDirectory directory, String folder)
            throws MalformedCheckpointException {
        this.file = file;
        this.directory = directory;
        this.folder = folder;
        this.bigEndian = isBigEndian();
    }

    public static Checkpoint read(MappedFile file) throws IOException {
        ZipDirectory directory = ZipDirectory.read(file);
        String pickle = findPickle(directory);
        if (pickle == null) {
            throw file.fault(
                    "this zip has no data.pkl in its top folder, so torch.save did not write it");
        }
        String folder = pickle.substring(0, pickle.length() - PICKLE.length());
        if (directory.entry(folder + "constants.pkl") != null) {
            throw file.fault(
                    "this is a TorchScript program, not a state dict; save"
                            + " torch.save(model.state_dict(), …) instead");
        }
        return new PytorchZipReader(file, directory, folder).checkpoint();
    }

    /** Whether a zip looks like one of torch's; a damaged one does, so that opening tells why. */
    public static boolean isWeights(MappedFile file) {
        try {
            return findPickle(ZipDirectory.read(file)) != null;
        } catch (MalformedCheckpointException e) {
            return true;
        }
    }

    private static @Nullable String findPickle(ZipDirectory directory) {
        for (String name : directory.entries().keySet()) {
            if (name.endsWith("/" + PICKLE) && name.indexOf('/') == name.lastIndexOf('/')) {
                return name;
            }
        }
        return null;
    }

    private boolean isBigEndian() throws MalformedCheckpointException {
        ZipDirectory.Entry entry = directory.entry(folder + "byteorder");
        if (entry == null) {
            return false;
        }
        byte[] bytes =
                file.cursor(entry.offset(), entry.length())
                        .bytes(entry.length(), MAX_BYTE_ORDER_BYTES);
        String order = new String(bytes, StandardCharsets.ISO_8859_1).strip();
        return switch (order) {
            case "little" -> false;
            case "big" -> true;
            default -> throw file.fault("the byte order \"" + order + "\" is unknown");
        };
    }

    private Checkpoint checkpoint() throws IOException {
        return new PytorchCheckpoint(file, this::storage, bigEndian).of(root(), "pytorch");
    }

    private @Nullable Object root() throws MalformedCheckpointException {
        ZipDirectory.Entry entry = directory.entries().get(folder + PICKLE);
        if (entry == null || entry.length() > PickleFile.MAX_BYTES) {
            throw file.fault("data.pkl is larger than " + PickleFile.MAX_BYTES + " bytes");
        }
        return new Unpickler(file.cursor(entry.offset(), entry.length())).load();
    }

    private StoredBytes storage(String key) throws MalformedCheckpointException {
        ZipDirectory.Entry entry = directory.entry(folder + "data/" + key);
        if (entry == null) {
            throw file.fault("the storage " + key + " is missing from the file");
        }
        return file.stored(entry.offset(), entry.length());
    }
}
