package dev.kaya.engine.checkpoint;

import dev.kaya.engine.checkpoint.PickleValue.Bag;
import dev.kaya.engine.checkpoint.PickleValue.Dict;
import dev.kaya.engine.checkpoint.PickleValue.Storage;
import dev.kaya.engine.checkpoint.PickleValue.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code torch.save} has written since 1.6: a zip of {@code NAME/data.pkl} and one entry
 * {@code NAME/data/KEY} a storage, in the byte order that {@code NAME/byteorder} tells.
 *
 * <p>{@link StateDict} says which tensors are the model's and what becomes metadata.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/notes/serialization.html">the format</a>
 */
final class PytorchZipReader {

    private static final String PICKLE = "data.pkl";
    private static final long MAX_PICKLE_BYTES = PickleFile.MAX_BYTES;
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

    static Checkpoint read(MappedFile file) throws IOException {
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
    static boolean isWeights(MappedFile file) {
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
        StateDict state = StateDict.find(root());
        if (state.tensors().isEmpty()) {
            throw file.fault(
                    "no state dict found: neither the root nor a dict directly under it consists of"
                            + " tensors; its keys are "
                            + state.rest().keySet());
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> entry : state.tensors().entrySet()) {
            tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
        }
        PickleTree tree = new PickleTree(file.path(), this::scalar);
        Map<String, @Nullable Object> metadata = tree.map(state.rest());
        return new OpenCheckpoint(file.path(), "pytorch", tensors, metadata, file);
    }

    private Dict root() throws MalformedCheckpointException {
        ZipDirectory.Entry entry = directory.entries().get(folder + PICKLE);
        if (entry == null || entry.length() > MAX_PICKLE_BYTES) {
            throw file.fault("data.pkl is larger than " + MAX_PICKLE_BYTES + " bytes");
        }
        Object root = new Unpickler(file.cursor(entry.offset(), entry.length())).load();
        return switch (root) {
            case Dict dict -> dict;
            case Bag bag ->
                    throw file.fault(
                            "the file holds a whole "
                                    + bag.className()
                                    + ", not a state dict; save torch.save(model.state_dict(), …)"
                                    + " instead");
            case null, default -> throw file.fault("the file holds no dict of tensors");
        };
    }

    private TensorSource tensor(String name, Tensor tensor) throws MalformedCheckpointException {
        MemorySegment storage = bytes(tensor.storage());
        StridedTensor.View view = tensor.view();
        if (bigEndian || !view.isContiguous()) {
            return new StridedTensor(name, tensor.type(), view, storage, bigEndian);
        }
        long count = Shapes.elements(view.shape());
        long start = count == 0 ? 0 : tensor.type().bytes(view.offset());
        MemorySegment bytes = storage.asSlice(start, tensor.type().bytes(count));
        return new ContiguousTensor(name, tensor.type(), view.shape(), bytes);
    }

    private MemorySegment bytes(Storage storage) throws MalformedCheckpointException {
        ZipDirectory.Entry entry = directory.entry(folder + "data/" + storage.key());
        if (entry == null) {
            throw file.fault("the storage " + storage.key() + " is missing from the file");
        }
        long length =
                storage.type() == null
                        ? storage.length()
                        : Shapes.bytes(storage.type(), List.of(storage.length()));
        if (length < 0 || length > entry.length()) {
            throw file.fault(
                    "the storage "
                            + storage.key()
                            + " claims "
                            + storage.length()
                            + " elements, but its entry has only "
                            + entry.length()
                            + " bytes");
        }
        return file.slice(entry.offset(), length);
    }

    private Object scalar(Tensor tensor) throws IOException {
        return TensorScalar.read(tensor("", tensor));
    }
}
