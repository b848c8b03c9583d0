package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads the fields of one message in the wire format of Protocol Buffers, one after the other. A
 * length is checked against what is left before memory is taken for it. Not thread-safe.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class ProtobufReader {

    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;

    private static final int LONGEST_VARINT = 10;

    private final Path file;
    private final byte[] bytes;
    private final int limit;
    private int at;
    private int wireType;

    /**
     * @param file the file, for messages
     * @param bytes of the whole file
     */
    ProtobufReader(Path file, byte[] bytes) {
        this(file, bytes, 0, bytes.length);
    }

    private ProtobufReader(Path file, byte[] bytes, int start, int limit) {
        this.file = file;
        this.bytes = bytes;
        this.at = start;
        this.limit = limit;
    }

    /** Whether another field follows. */
    boolean hasField() {
        return at < limit;
    }

    /** Begins the next field and returns its number; its value must be read or skipped next. */
    int field() throws MalformedCheckpointException {
        long tag = varint();
        wireType = (int) (tag & 7);
        long field = tag >>> 3;
        if (field < 1 || field > 0x1FFF_FFFF) {
            throw malformed("there is no field " + Long.toUnsignedString(field));
        }
        return (int) field;
    }

    /** A whole number; negative ones come out negative. */
    long integer() throws MalformedCheckpointException {
        expect(VARINT);
        return varint();
    }

    boolean flag() throws MalformedCheckpointException {
        return integer() != 0;
    }

    float float32() throws MalformedCheckpointException {
        expect(FIXED_32);
        int start = advance(Integer.BYTES);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(start);
    }

    /** A message within this one. */
    ProtobufReader message() throws MalformedCheckpointException {
        int length = length();
        int start = advance(length);
        return new ProtobufReader(file, bytes, start, start + length);
    }

    byte[] bytes() throws MalformedCheckpointException {
        int length = length();
        int start = advance(length);
        return Arrays.copyOfRange(bytes, start, start + length);
    }

    String string() throws MalformedCheckpointException {
        int length = length();
        int start = advance(length);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("a text is not UTF-8");
        }
    }

    /** Passes over the value of a field that is not wanted. */
    void skip() throws MalformedCheckpointException {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED_64 -> advance(Long.BYTES);
            case LENGTH_DELIMITED -> advance(length());
            case FIXED_32 -> advance(Integer.BYTES);
            default -> throw malformed("the wire type " + wireType + " is unknown");
        }
    }

    /** A fault at the current place. */
    MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, at, reason);
    }

    private void expect(int type) throws MalformedCheckpointException {
        if (wireType != type) {
            throw malformed("a field has wire type " + wireType + " instead of " + type);
        }
    }

    private int length() throws MalformedCheckpointException {
        expect(LENGTH_DELIMITED);
        long length = varint();
        if (length < 0 || length > limit - at) {
            throw malformed(
                    Long.toUnsignedString(length)
                            + " bytes expected, but only "
                            + (limit - at)
                            + " are left");
        }
        return (int) length;
    }

    private int advance(int length) throws MalformedCheckpointException {
        if (length > limit - at) {
            throw malformed(length + " bytes expected, but only " + (limit - at) + " are left");
        }
        int start = at;
        at += length;
        return start;
    }

    private long varint() throws MalformedCheckpointException {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT; i++) {
            byte next = bytes[advance(1)];
            value |= (long) (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw malformed("a number has more than " + LONGEST_VARINT + " bytes");
    }
}
