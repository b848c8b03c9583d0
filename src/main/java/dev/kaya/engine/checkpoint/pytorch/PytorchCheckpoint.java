package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.StoredBytes;
import dev.kaya.engine.checkpoint.StoredTensor;
import dev.kaya.engine.checkpoint.TensorScalar;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What both of PyTorch's formats have in common: an object full of tensors, and storages. {@link
 * StateDict} says which tensors are the model's and what becomes metadata.
 */
final class PytorchCheckpoint {

    private static final int LISTED = 16;

    private final MappedFile file;
    private final Storages storages;
    private final boolean bigEndian;

    /** Finds the bytes of storages. */
    @FunctionalInterface
    interface Storages {
        /** All bytes of the storage whose name is {@code key}. */
        StoredBytes bytes(String key) throws MalformedCheckpointException;
    }

    PytorchCheckpoint(MappedFile file, Storages storages, boolean bigEndian) {
        this.file = file;
        this.storages = storages;
        this.bigEndian = bigEndian;
    }

    /** The checkpoint whose pickle gave {@code root}. */
    Checkpoint of(@Nullable Object root, String format) throws IOException {
        StateDict state = StateDict.find(collection(root), file.path());
        if (state.tensors().isEmpty()) {
            throw noStateDict(root, state);
        }
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> entry : state.tensors().entrySet()) {
            tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue()));
        }
        PickleTree tree = new PickleTree(file.path(), this::scalar);
        return new OpenCheckpoint(file.path(), format, tensors, tree.map(state.rest()), file);
    }

    /** The root as something with entries; those of a tuple or list are numbered. */
    private Object collection(@Nullable Object root) throws MalformedCheckpointException {
        if (root instanceof Dict || root instanceof Bag) {
            return root;
        }
        List<@Nullable Object> items = PickleCalls.itemsOf(root);
        if (items == null) {
            throw file.fault("the file holds no dict of tensors");
        }
        Dict numbered = new Dict();
        for (Object item : items) {
            numbered.entries().put(Integer.toString(numbered.entries().size()), item);
        }
        return numbered;
    }

    private MalformedCheckpointException noStateDict(@Nullable Object root, StateDict state) {
        if (root instanceof Bag bag) {
            return file.fault(
                    "the file holds a "
                            + bag.className()
                            + " without tensors, not a state dict; save"
                            + " torch.save(model.state_dict(), …) instead");
        }
        List<String> keys = new ArrayList<>(state.rest().keySet());
        List<String> first = keys.subList(0, Math.min(keys.size(), LISTED));
        return file.fault(
                "no state dict found: neither the root nor a dict up to three levels under it"
                        + " consists of tensors; its keys are "
                        + first
                        + (keys.size() > LISTED ? " and more" : ""));
    }

    private TensorSource tensor(String name, Tensor tensor) throws MalformedCheckpointException {
        StoredBytes storage = bytes(tensor.storage());
        return StoredTensor.of(name, tensor.type(), tensor.view(), storage, bigEndian);
    }

    private StoredBytes bytes(Storage storage) throws MalformedCheckpointException {
        StoredBytes all = storages.bytes(storage.key());
        long width = storage.elementBytes();
        long end = storage.first() + storage.length();
        if (end > all.length() / width) {
            throw file.fault(
                    "the storage "
                            + storage.key()
                            + " claims "
                            + end
                            + " elements, but has only "
                            + all.length()
                            + " bytes");
        }
        return all.slice(storage.first() * width, storage.length() * width);
    }

    private Object scalar(Tensor tensor) throws IOException {
        return TensorScalar.read(tensor("", tensor));
    }
}
