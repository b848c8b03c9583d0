package dev.kaya.engine.checkpoint.safetensors;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.OpenCheckpoint;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.StoredBytes;
import dev.kaya.engine.checkpoint.StoredTensor;
import dev.kaya.engine.checkpoint.StoredType;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.json.JsonSource;
import dev.kaya.engine.checkpoint.json.JsonTree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads safetensors: a header length, a JSON header, and the tensors' bytes without gaps.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsReader {

    /** The limit of the reference implementation. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = 8;
    private static final String METADATA = "__metadata__";

    private final MappedFile file;
    private final long dataStart;

    private SafetensorsReader(MappedFile file, long headerLength) {
        this.file = file;
        this.dataStart = LENGTH_BYTES + headerLength;
    }

    /** One entry of the header; offsets count from the start of the data. */
    private record Entry(String name, StoredType type, List<Long> shape, long begin, long end) {}

    public static Checkpoint read(MappedFile file) throws MalformedCheckpointException {
        long headerLength = headerLength(file);
        ByteCursor cursor = file.cursor(LENGTH_BYTES, headerLength);
        byte[] header = cursor.bytes(headerLength, (int) MAX_HEADER_BYTES);
        try (JsonSource source = JsonSource.of(file.path(), header, LENGTH_BYTES)) {
            return new SafetensorsReader(file, headerLength).read(JsonTree.document(source));
        }
    }

    private static long headerLength(MappedFile file) throws MalformedCheckpointException {
        long length = file.cursor(0, file.length()).i64();
        if (length < 0 || length > MAX_HEADER_BYTES) {
            throw new MalformedCheckpointException(
                    file.path(),
                    0,
                    "the header claims "
                            + Long.toUnsignedString(length)
                            + " bytes; at most "
                            + MAX_HEADER_BYTES
                            + " are allowed");
        }
        long left = file.length() - LENGTH_BYTES;
        if (length > left) {
            throw new MalformedCheckpointException(
                    file.path(),
                    0,
                    "the header claims "
                            + length
                            + " bytes, but only "
                            + left
                            + " follow; the file is cut off or damaged");
        }
        return length;
    }

    private Checkpoint read(Map<String, @Nullable Object> header)
            throws MalformedCheckpointException {
        List<Entry> entries = new ArrayList<>();
        Map<String, @Nullable Object> metadata = Map.of();
        for (Map.Entry<String, @Nullable Object> property : header.entrySet()) {
            if (property.getKey().equals(METADATA)) {
                metadata = metadata(property.getValue());
            } else {
                entries.add(entry(property.getKey(), property.getValue()));
            }
        }
        checkLayout(entries);
        Map<String, TensorSource> tensors = new LinkedHashMap<>();
        for (Entry entry : entries) {
            tensors.put(entry.name(), tensor(entry));
        }
        return new OpenCheckpoint(file.path(), "safetensors", tensors, metadata, file);
    }

    private Map<String, @Nullable Object> metadata(@Nullable Object value)
            throws MalformedCheckpointException {
        if (!(value instanceof Map<?, ?> map)) {
            throw file.fault(METADATA + " is not an object");
        }
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof String text)) {
                throw file.fault(METADATA + "." + entry.getKey() + " is not a string");
            }
            metadata.put(String.valueOf(entry.getKey()), text);
        }
        return metadata;
    }

    private Entry entry(String name, @Nullable Object value) throws MalformedCheckpointException {
        if (!(value instanceof Map<?, ?> map)) {
            throw fault(name, "is not an object with dtype, shape and data_offsets");
        }
        List<Long> offsets = wholeNumbers(name, "data_offsets", map.get("data_offsets"));
        if (offsets.size() != 2) {
            throw fault(name, "has " + offsets.size() + " data_offsets; 2 are expected");
        }
        List<Long> shape = wholeNumbers(name, "shape", map.get("shape"));
        StoredType type = type(name, map.get("dtype"));
        if (type.isComplex()) {
            shape.add(2L);
        }
        Entry entry = new Entry(name, type.part(), shape, offsets.get(0), offsets.get(1));
        checkRange(entry);
        checkSize(entry);
        return entry;
    }

    private List<Long> wholeNumbers(String name, String key, @Nullable Object value)
            throws MalformedCheckpointException {
        if (!(value instanceof List<?> list)) {
            throw fault(name, "has no list \"" + key + "\"");
        }
        List<Long> numbers = new ArrayList<>();
        for (Object item : list) {
            if (!(item instanceof Long number) || number < 0) {
                throw fault(
                        name, "has " + key + " " + list + "; whole numbers from 0 are expected");
            }
            numbers.add(number);
        }
        return numbers;
    }

    private StoredType type(String name, @Nullable Object dtype)
            throws MalformedCheckpointException {
        StoredType type = dtype instanceof String text ? StoredType.ofSafetensors(text) : null;
        if (type == null) {
            throw fault(name, "has the dtype " + dtype + "; supported are " + StoredType.listed());
        }
        return type;
    }

    private void checkRange(Entry entry) throws MalformedCheckpointException {
        if (entry.begin() > entry.end()) {
            throw fault(
                    entry.name(), "ends at " + entry.end() + ", before its start " + entry.begin());
        }
        long dataLength = file.length() - dataStart;
        if (entry.end() > dataLength) {
            throw fault(
                    entry.name(),
                    "ends at "
                            + entry.end()
                            + " of the data, but the file holds only "
                            + dataLength
                            + " bytes of data; it is cut off or damaged");
        }
    }

    private void checkSize(Entry entry) throws MalformedCheckpointException {
        long bytes = entry.end() - entry.begin();
        long expected = Shapes.bytes(entry.type().raw(), entry.shape());
        if (expected < 0) {
            throw fault(entry.name(), "has a shape beyond all bounds: " + entry.shape());
        }
        if (expected != bytes) {
            throw fault(
                    entry.name(),
                    "of shape "
                            + entry.shape()
                            + " and dtype "
                            + entry.type()
                            + " needs "
                            + expected
                            + " bytes, but its offsets span "
                            + bytes);
        }
    }

    /** The tensors must cover the data exactly: no overlap, no hole, nothing behind the last. */
    private void checkLayout(List<Entry> entries) throws MalformedCheckpointException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        String previous = "the start of the data";
        for (Entry entry : sorted) {
            if (entry.begin() < end) {
                throw fault(entry.name(), "overlaps the tensor " + previous);
            }
            if (entry.begin() > end) {
                throw fault(
                        entry.name(),
                        "leaves a hole of " + (entry.begin() - end) + " bytes after " + previous);
            }
            end = entry.end();
            previous = "\"" + entry.name() + "\"";
        }
        long trailing = file.length() - dataStart - end;
        if (trailing != 0) {
            throw new MalformedCheckpointException(
                    file.path(), dataStart + end, trailing + " bytes follow the last tensor");
        }
    }

    private TensorSource tensor(Entry entry) {
        StoredBytes bytes = file.stored(dataStart + entry.begin(), entry.end() - entry.begin());
        return StoredTensor.of(entry.name(), entry.type(), entry.shape(), bytes);
    }

    private MalformedCheckpointException fault(String name, String reason) {
        return file.fault("the tensor \"" + name + "\" " + reason);
    }
}
