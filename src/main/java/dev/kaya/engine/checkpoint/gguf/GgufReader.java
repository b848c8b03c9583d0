package dev.kaya.engine.checkpoint.gguf;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.ContiguousTensor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.matrix.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads GGUF, versions 2 and 3: counts, key-values, a table of tensors, and after padding the
 * tensors' bytes, each aligned.
 *
 * <p>Keys become metadata as they are, such as {@code llama.block_count}. GGUF lists dimensions
 * innermost first; {@link TensorSource#shape()} has them the other way round. Padding, and any
 * other bytes that no tensor claims, are passed over.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufReader {

    /** The most tensors; models have about ten a layer. */
    static final int MAX_TENSORS = 1 << 16;

    /** The longest name of a tensor; ggml itself stops at 63 bytes. */
    static final int MAX_NAME_BYTES = 255;

    /** The most dimensions of a tensor, as in ggml. */
    static final int MAX_DIMENSIONS = 4;

    /** The largest alignment; 32 is what everybody uses. */
    static final int MAX_ALIGNMENT = 1 << 20;

    private static final int DEFAULT_ALIGNMENT = 32;
    private static final String ALIGNMENT = "general.alignment";
    private static final int MAGIC_BYTES = 4;
    private static final int OLDEST_VERSION = 2;
    private static final int NEWEST_VERSION = 3;

    /** Length and type of an empty key, and a byte of value. */
    private static final int LEAST_KEY_BYTES = 8 + 4 + 1;

    /** An empty name, one dimension, type and offset. */
    private static final int LEAST_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;

    private final MappedFile file;
    private final ByteCursor cursor;
    private final GgufMetadata values;

    private GgufReader(MappedFile file) {
        this.file = file;
        cursor = file.cursor(0, file.length());
        values = new GgufMetadata(file.path(), cursor);
    }

    /** One entry of the table; {@code begin} counts from the start of the data. */
    private record Entry(String name, DataType type, List<Long> shape, long begin, long bytes) {
        long end() {
            return begin + bytes;
        }
    }

    public static Checkpoint read(MappedFile file) throws MalformedCheckpointException {
        return new GgufReader(file).read();
    }

    private Checkpoint read() throws MalformedCheckpointException {
        cursor.skip(MAGIC_BYTES);
        checkVersion();
        int tensorCount = values.count("the table of tensors", MAX_TENSORS, LEAST_TENSOR_BYTES);
        int keyCount = values.count("the list of keys", GgufMetadata.MAX_KEYS, LEAST_KEY_BYTES);
        Map<String, @Nullable Object> metadata = values.read(keyCount);
        int alignment = alignment(metadata);
        List<Entry> entries = entries(tensorCount, alignment);
        long dataStart = (cursor.position() + alignment - 1) & -alignment;
        checkLayout(entries, Math.max(0, file.length() - dataStart));
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (Entry entry : entries) {
            tensors.put(entry.name(), tensor(entry, dataStart));
        }
        return new OpenCheckpoint(file.path(), "gguf", tensors, metadata, file);
    }

    /** The version also tells the order of bytes: a small number looks huge the wrong way round. */
    private void checkVersion() throws MalformedCheckpointException {
        long start = cursor.position();
        int version = cursor.i32();
        if (version >= OLDEST_VERSION && version <= NEWEST_VERSION) {
            return;
        }
        int turned = Integer.reverseBytes(version);
        if (turned > 0 && turned <= NEWEST_VERSION) {
            throw fault(
                    start, "this GGUF file is big-endian; only little-endian ones are supported");
        }
        throw fault(
                start,
                "this GGUF file has version "
                        + Integer.toUnsignedString(version)
                        + "; supported are 2 and 3: convert the model again");
    }

    private int alignment(Map<String, @Nullable Object> metadata)
            throws MalformedCheckpointException {
        Object value = metadata.get(ALIGNMENT);
        if (value == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (value instanceof Long number
                && number > 0
                && number <= MAX_ALIGNMENT
                && Long.bitCount(number) == 1) {
            return number.intValue();
        }
        throw file.fault(
                ALIGNMENT + " must be a power of two up to " + MAX_ALIGNMENT + "; given " + value);
    }

    private List<Entry> entries(int count, int alignment) throws MalformedCheckpointException {
        List<Entry> entries = new ArrayList<>(count);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            long start = cursor.position();
            String name = values.name("the name of a tensor", MAX_NAME_BYTES);
            if (!names.add(name)) {
                throw fault(start, name, "occurs twice");
            }
            entries.add(entry(name, alignment));
        }
        return entries;
    }

    private Entry entry(String name, int alignment) throws MalformedCheckpointException {
        long shapeStart = cursor.position();
        List<Long> shape = shape(name);
        long typeStart = cursor.position();
        long number = cursor.u32();
        DataType type = GgmlTypes.of(number);
        if (type == null) {
            throw fault(
                    typeStart,
                    name,
                    "is of type "
                            + GgmlTypes.name(number)
                            + ", which is not supported; supported are "
                            + GgmlTypes.supported()
                            + ": quantise the model again to one of these, such as Q4_K_M");
        }
        long bytes = bytes(name, type, shape, shapeStart);
        long offsetStart = cursor.position();
        long begin = cursor.i64();
        if (begin < 0 || begin % alignment != 0) {
            throw fault(
                    offsetStart,
                    name,
                    "begins at "
                            + Long.toUnsignedString(begin)
                            + " of the data, which is not a multiple of the alignment, "
                            + alignment);
        }
        if (begin > Long.MAX_VALUE - bytes) {
            throw fault(offsetStart, name, "ends beyond all bounds");
        }
        return new Entry(name, type, shape, begin, bytes);
    }

    private List<Long> shape(String name) throws MalformedCheckpointException {
        long start = cursor.position();
        long dimensions = cursor.u32();
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw fault(
                    start,
                    name,
                    "has " + dimensions + " dimensions; 1 to " + MAX_DIMENSIONS + " are allowed");
        }
        List<Long> innermostFirst = new ArrayList<>();
        for (long i = 0; i < dimensions; i++) {
            long lengthStart = cursor.position();
            long length = cursor.i64();
            if (length < 1) {
                throw fault(
                        lengthStart,
                        name,
                        "has a dimension of length " + Long.toUnsignedString(length));
            }
            innermostFirst.add(length);
        }
        return innermostFirst.reversed();
    }

    private long bytes(String name, DataType type, List<Long> shape, long offset)
            throws MalformedCheckpointException {
        long rowLength = shape.getLast();
        if (rowLength % type.blockElements() != 0) {
            throw fault(
                    offset,
                    name,
                    "of type "
                            + type
                            + " has rows of "
                            + rowLength
                            + " elements, which is not a multiple of "
                            + type.blockElements());
        }
        long bytes = Shapes.bytes(type, shape);
        if (bytes < 0) {
            throw fault(offset, name, "has a shape beyond all bounds: " + shape);
        }
        return bytes;
    }

    /** No tensor may leave the file or share bytes with another. */
    private void checkLayout(List<Entry> entries, long dataLength)
            throws MalformedCheckpointException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin));
        long end = 0;
        String previous = "";
        for (Entry entry : sorted) {
            if (entry.end() > dataLength) {
                throw fault(
                        -1,
                        entry.name(),
                        "ends at "
                                + entry.end()
                                + " of the data, but the file holds only "
                                + dataLength
                                + " bytes of data; it is cut off or damaged");
            }
            if (entry.begin() < end) {
                throw fault(
                        -1, entry.name(), "overlaps the tensor " + GgufMetadata.shown(previous));
            }
            end = entry.end();
            previous = entry.name();
        }
    }

    private TensorSource tensor(Entry entry, long dataStart) {
        return new ContiguousTensor(
                entry.name(),
                entry.type(),
                entry.shape(),
                file.stored(dataStart + entry.begin(), entry.bytes()));
    }

    private MalformedCheckpointException fault(long offset, String name, String reason) {
        return fault(offset, "the tensor " + GgufMetadata.shown(name) + " " + reason);
    }

    private MalformedCheckpointException fault(long offset, String reason) {
        return new MalformedCheckpointException(file.path(), offset, reason);
    }
}
