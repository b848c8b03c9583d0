package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.StoredBytes;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code torch.save} wrote before 1.6, and since then with {@code
 * _use_new_zipfile_serialization=False}: four pickles one after the other (a magic number, the
 * protocol 1001, facts about the system, the object), a fifth with the keys of the storages, and in
 * their order each storage as the number of its elements and the elements.
 *
 * <p>Elements are little endian whatever system wrote them. Their number is so only since PyTorch
 * 1.4: a big-endian system, which says so in its facts, wrote it the other way round before.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">{@code
 *     _legacy_save}</a>
 * @see <a href="https://github.com/pytorch/pytorch/pull/26383">the order of bytes</a>
 */
public final class PytorchLegacyReader {

    private static final long PROTOCOL = 1001;

    private final MappedFile file;
    private final Map<String, StoredBytes> storages = new HashMap<>();
    private long position;

    private PytorchLegacyReader(MappedFile file) {
        this.file = file;
    }

    public static Checkpoint read(MappedFile file) throws IOException {
        return new PytorchLegacyReader(file).checkpoint();
    }

    private Checkpoint checkpoint() throws IOException {
        load(); // The magic number, by which the file was recognised.
        checkProtocol(load());
        boolean bigEndian =
                load() instanceof Dict facts
                        && Boolean.FALSE.equals(facts.entries().get("little_endian"));
        Unpickler unpickler = unpickler();
        Object root = load(unpickler);
        List<@Nullable Object> keys = PickleCalls.itemsOf(load());
        if (keys == null) {
            throw fault("a list of storages is expected here");
        }
        for (Object key : keys) {
            Storage storage = key instanceof String name ? unpickler.storages().get(name) : null;
            if (storage == null) {
                throw fault("the list of storages has one to which no tensor refers");
            }
            add(storage, bigEndian);
        }
        return new PytorchCheckpoint(file, this::storage, false).of(root, "pytorch before 1.6");
    }

    private void checkProtocol(@Nullable Object protocol) throws MalformedCheckpointException {
        if (!(protocol instanceof Long number) || number != PROTOCOL) {
            throw fault("the protocol of torch.save is not " + PROTOCOL);
        }
    }

    private @Nullable Object load() throws MalformedCheckpointException {
        return load(unpickler());
    }

    private @Nullable Object load(Unpickler unpickler) throws MalformedCheckpointException {
        Object value = unpickler.load();
        position += unpickler.bytesRead();
        return value;
    }

    private Unpickler unpickler() {
        long length = Math.min(file.length() - position, PickleFile.MAX_BYTES);
        return new Unpickler(file.cursor(position, length));
    }

    /** Notes where the bytes of the next storage lie. */
    private void add(Storage storage, boolean bigEndian) throws MalformedCheckpointException {
        long start = position;
        ByteCursor cursor = file.cursor(start, file.length() - start);
        long count = cursor.i64();
        boolean turned = bigEndian && Long.reverseBytes(count) == storage.length();
        if (!turned && count != storage.length()) {
            throw fault(
                    "the storage "
                            + storage.key()
                            + " has "
                            + count
                            + " elements, but its tensors expect "
                            + storage.length());
        }
        long length = Shapes.product(storage.length(), storage.elementBytes());
        long offset = start + cursor.position();
        cursor.skip(length);
        if (storages.put(storage.key(), file.stored(offset, length)) != null) {
            throw fault("the storage " + storage.key() + " occurs twice");
        }
        position = offset + length;
    }

    private StoredBytes storage(String key) throws MalformedCheckpointException {
        StoredBytes bytes = storages.get(key);
        if (bytes == null) {
            throw file.fault("the storage " + key + " is missing from the file");
        }
        return bytes;
    }

    private MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(file.path(), position, reason);
    }
}
