package dev.kaya.engine.checkpoint.gguf;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the typed key-values of a GGUF file into a metadata tree: whole numbers as {@code Long},
 * other numbers as {@code Double}, arrays as lists.
 *
 * <p>What a file may claim is bounded twice, by the constants here and by the bytes that are left,
 * before memory is taken for it. Not thread-safe.
 */
final class GgufMetadata {

    /** The most key-values; models have about thirty. */
    static final int MAX_KEYS = 1 << 16;

    /** The longest key that the format allows. */
    static final int MAX_KEY_BYTES = (1 << 16) - 1;

    /** The longest string; chat templates, the longest in use, have some ten thousand bytes. */
    static final int MAX_STRING_BYTES = 1 << 24;

    /**
     * The most bytes of all strings together; large vocabularies with merges have eight million.
     */
    static final int MAX_TEXT_BYTES = 1 << 26;

    /** The most elements of all arrays together; large vocabularies with merges have a million. */
    static final int MAX_ELEMENTS = 1 << 22;

    /** How deep arrays may nest; one level is all that is in use. */
    static final int MAX_DEPTH = 4;

    private static final int SHOWN_CHARACTERS = 64;

    /** Types of values in the order of their numbers, with the fewest bytes that one takes. */
    private enum ValueType {
        UINT8(1),
        INT8(1),
        UINT16(2),
        INT16(2),
        UINT32(4),
        INT32(4),
        FLOAT32(4),
        BOOL(1),
        STRING(8),
        ARRAY(12),
        UINT64(8),
        INT64(8),
        FLOAT64(8);

        private static final ValueType[] ALL = values();
        private final int leastBytes;

        ValueType(int leastBytes) {
            this.leastBytes = leastBytes;
        }
    }

    private final Path path;
    private final ByteCursor cursor;
    private long textBytes;
    private long elements;

    /**
     * @param path the file, for faults
     * @param cursor over the whole file, at the first key
     */
    GgufMetadata(Path path, ByteCursor cursor) {
        this.path = path;
        this.cursor = cursor;
    }

    /** Reads {@code count} key-values, in the order of the file. */
    Map<String, @Nullable Object> read(long count) throws MalformedCheckpointException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            long start = cursor.position();
            String key = name("a key", MAX_KEY_BYTES);
            if (values.containsKey(key)) {
                throw fault(start, "the key " + shown(key) + " occurs twice");
            }
            values.put(key, value(key, type(key), 0));
        }
        return values;
    }

    /**
     * A string that names something: bounded, and UTF-8 without fault.
     *
     * @param what for messages
     */
    String name(String what, int limit) throws MalformedCheckpointException {
        long start = cursor.position();
        byte[] bytes = bytes(what, limit);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw fault(start, what + " is not UTF-8");
        }
    }

    /** A name as messages show it. */
    static String shown(String name) {
        return name.length() <= SHOWN_CHARACTERS
                ? "\"" + name + "\""
                : "\"" + name.substring(0, SHOWN_CHARACTERS) + "…\"";
    }

    private ValueType type(String key) throws MalformedCheckpointException {
        long start = cursor.position();
        long number = cursor.u32();
        if (number >= ValueType.ALL.length) {
            throw fault(
                    start,
                    "the value of "
                            + shown(key)
                            + " has type "
                            + number
                            + "; types from 0 to "
                            + (ValueType.ALL.length - 1)
                            + " are known");
        }
        return ValueType.ALL[(int) number];
    }

    private Object value(String key, ValueType type, int depth)
            throws MalformedCheckpointException {
        return switch (type) {
            case UINT8 -> (long) cursor.u8();
            case INT8 -> (long) (byte) cursor.u8();
            case UINT16 -> (long) cursor.u16();
            case INT16 -> (long) (short) cursor.u16();
            case UINT32 -> cursor.u32();
            case INT32 -> (long) cursor.i32();
            case UINT64 -> unsigned(key);
            case INT64 -> cursor.i64();
            case FLOAT32 -> (double) Float.intBitsToFloat(cursor.i32());
            case FLOAT64 -> Double.longBitsToDouble(cursor.i64());
            case BOOL -> bool(key);
            case STRING -> text(key);
            case ARRAY -> array(key, depth + 1);
        };
    }

    private long unsigned(String key) throws MalformedCheckpointException {
        long start = cursor.position();
        long number = cursor.i64();
        if (number < 0) {
            throw fault(
                    start,
                    "the value of "
                            + shown(key)
                            + " is "
                            + Long.toUnsignedString(number)
                            + "; at most "
                            + Long.MAX_VALUE
                            + " is allowed");
        }
        return number;
    }

    private boolean bool(String key) throws MalformedCheckpointException {
        long start = cursor.position();
        int value = cursor.u8();
        if (value > 1) {
            throw fault(
                    start, "the value of " + shown(key) + " is neither false nor true: " + value);
        }
        return value == 1;
    }

    /** Text may come from anywhere: what is not UTF-8 becomes U+FFFD. */
    private String text(String key) throws MalformedCheckpointException {
        long start = cursor.position();
        byte[] bytes = bytes("a string", MAX_STRING_BYTES);
        textBytes += bytes.length;
        if (textBytes > MAX_TEXT_BYTES) {
            throw fault(
                    start,
                    "with the value of "
                            + shown(key)
                            + " all strings take more than "
                            + MAX_TEXT_BYTES
                            + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Object> array(String key, int depth) throws MalformedCheckpointException {
        long start = cursor.position();
        if (depth > MAX_DEPTH) {
            throw fault(
                    start,
                    "arrays in " + shown(key) + " are nested more than " + MAX_DEPTH + " deep");
        }
        ValueType type = type(key);
        long count = count("an array in " + shown(key), MAX_ELEMENTS, type.leastBytes);
        elements += count;
        if (elements > MAX_ELEMENTS) {
            throw fault(
                    start,
                    "with the array in "
                            + shown(key)
                            + " all arrays have more than "
                            + MAX_ELEMENTS
                            + " elements");
        }
        List<Object> list = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            list.add(value(key, type, depth));
        }
        return list;
    }

    /**
     * A number of things that follow.
     *
     * @param what claims it, for messages
     * @param limit the most that are allowed
     * @param leastBytes that one of them takes
     */
    int count(String what, int limit, int leastBytes) throws MalformedCheckpointException {
        long start = cursor.position();
        long count = cursor.i64();
        if (count < 0 || count > limit) {
            throw fault(
                    start,
                    what
                            + " claims "
                            + Long.toUnsignedString(count)
                            + " elements; at most "
                            + limit
                            + " are allowed");
        }
        if (count > cursor.remaining() / leastBytes) {
            throw fault(
                    start,
                    what
                            + " claims "
                            + count
                            + " elements, but only "
                            + cursor.remaining()
                            + " bytes follow; the file is cut off or damaged");
        }
        return (int) count;
    }

    private byte[] bytes(String what, int limit) throws MalformedCheckpointException {
        long start = cursor.position();
        long length = cursor.i64();
        if (length < 0 || length > limit) {
            throw fault(
                    start,
                    what
                            + " claims "
                            + Long.toUnsignedString(length)
                            + " bytes; at most "
                            + limit
                            + " are allowed");
        }
        return cursor.bytes(length, limit);
    }

    private MalformedCheckpointException fault(long offset, String reason) {
        return new MalformedCheckpointException(path, offset, reason);
    }
}
