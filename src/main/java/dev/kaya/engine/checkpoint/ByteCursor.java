package dev.kaya.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads numbers and byte strings one after the other, each checked against what is left.
 *
 * <p>Little endian unless a method says otherwise. Faults carry the offset in the whole file. Not
 * thread-safe.
 */
public final class ByteCursor {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final MemorySegment bytes;
    private final long base;
    private long position;

    /**
     * @param path the file, for faults
     * @param bytes what is read
     * @param base where {@code bytes} begins in the file
     */
    ByteCursor(Path path, MemorySegment bytes, long base) {
        this.path = path;
        this.bytes = bytes;
        this.base = base;
    }

    /** Bytes read so far. */
    public long position() {
        return position;
    }

    public long remaining() {
        return bytes.byteSize() - position;
    }

    public int u8() throws MalformedCheckpointException {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xFF;
    }

    public int u16() throws MalformedCheckpointException {
        return bytes.get(SHORT, advance(2)) & 0xFFFF;
    }

    public int i32() throws MalformedCheckpointException {
        return bytes.get(INT, advance(4));
    }

    public long u32() throws MalformedCheckpointException {
        return i32() & 0xFFFF_FFFFL;
    }

    /** A 64-bit number; an unsigned one beyond the signed range comes out negative. */
    public long i64() throws MalformedCheckpointException {
        return bytes.get(LONG, advance(8));
    }

    public double f64BigEndian() throws MalformedCheckpointException {
        return Double.longBitsToDouble(Long.reverseBytes(i64()));
    }

    /** A copy of the next {@code length} bytes; a negative or too large length is a fault. */
    public byte[] bytes(long length, int limit) throws MalformedCheckpointException {
        if (length > limit) {
            throw fault("a string claims " + length + " bytes; at most " + limit + " are read");
        }
        long start = advance(length);
        return bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** The text up to the next line feed, which is consumed; a byte is a character (Latin-1). */
    public String line(int limit) throws MalformedCheckpointException {
        long start = position;
        while (u8() != '\n') {
            if (position - start > limit) {
                throw fault("a line is longer than " + limit + " bytes");
            }
        }
        long length = position - 1 - start;
        byte[] text = bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    public void skip(long length) throws MalformedCheckpointException {
        advance(length);
    }

    /** A fault at the current place. */
    public MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(path, base + position, reason);
    }

    private long advance(long length) throws MalformedCheckpointException {
        if (length < 0 || length > remaining()) {
            throw fault(
                    Long.toUnsignedString(length)
                            + " bytes expected, but only "
                            + remaining()
                            + " are left; the file is cut off or damaged");
        }
        long start = position;
        position += length;
        return start;
    }
}
