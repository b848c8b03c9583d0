package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.StoredType;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The persistent ids of a PyTorch pickle: references to the storages that lie behind it.
 *
 * <p>{@code ('storage', type, key, location, length)}; in the format before 1.6 followed by {@code
 * None} or {@code (view key, offset, length)}, a part of the storage. That format also refers to
 * the classes of modules, as {@code ('module', class, file, source)}.
 */
final class TorchStorages {

    private static final int ID_PARTS = 5;

    private final ByteCursor in;
    private final Map<String, Storage> whole = new LinkedHashMap<>();

    TorchStorages(ByteCursor in) {
        this.in = in;
    }

    /** The storage or class that an id stands for. */
    PickleValue load(@Nullable Object id) throws MalformedCheckpointException {
        List<@Nullable Object> parts = PickleCalls.itemsOf(id);
        if (parts != null
                && parts.size() >= 2
                && "module".equals(parts.get(0))
                && parts.get(1) instanceof Global module) {
            return module;
        }
        if (parts != null
                && parts.size() >= ID_PARTS
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof Global type
                && parts.get(2) instanceof String key
                && parts.get(4) instanceof Long length
                && length >= 0) {
            Storage storage = new Storage(elements(type), key, 0, length);
            whole.putIfAbsent(key, storage);
            return parts.size() == ID_PARTS ? storage : part(storage, parts.get(ID_PARTS));
        }
        throw in.fault("the pickle refers to something outside it that is not a tensor storage");
    }

    /** Every storage referred to, by key, as the first reference describes it. */
    Map<String, Storage> whole() {
        return whole;
    }

    private Storage part(Storage storage, @Nullable Object view)
            throws MalformedCheckpointException {
        if (view == null) {
            return storage;
        }
        List<@Nullable Object> parts = PickleCalls.itemsOf(view);
        if (parts == null
                || parts.size() != 3
                || !(parts.get(1) instanceof Long first)
                || !(parts.get(2) instanceof Long length)
                || first < 0
                || length < 0
                || first > storage.length() - length) {
            throw in.fault(
                    "the pickle refers to a part of the storage "
                            + storage.key()
                            + " that does not lie in its "
                            + storage.length()
                            + " elements");
        }
        return new Storage(storage.type(), storage.key(), first, length);
    }

    /** The type of a storage's elements; null when the class says nothing about them. */
    private @Nullable StoredType elements(Global global) throws MalformedCheckpointException {
        String name = global.qualifiedName();
        String simple = name.substring(name.lastIndexOf('.') + 1);
        StoredType type = StoredType.ofTorchStorage(simple);
        if (type == null && !simple.equals("UntypedStorage")) {
            throw in.fault("tensors of the kind " + name + " are not supported");
        }
        return type;
    }
}
