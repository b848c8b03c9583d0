package dev.kaya.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The bytes of a GGUF file one after the other, right or wrong.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufBytes {

    public static final int UINT32 = 4;
    public static final int INT32 = 5;
    public static final int FLOAT32 = 6;
    public static final int BOOL = 7;
    public static final int STRING = 8;
    public static final int ARRAY = 9;
    public static final int UINT64 = 10;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Magic, version 3 and the two counts. */
    public static GgufBytes header(long tensorCount, long keyCount) {
        return header(3, tensorCount, keyCount);
    }

    /** Magic, version and the two counts. */
    public static GgufBytes header(int version, long tensorCount, long keyCount) {
        return new GgufBytes()
                .raw("GGUF".getBytes(StandardCharsets.US_ASCII))
                .u32(version)
                .u64(tensorCount)
                .u64(keyCount);
    }

    public GgufBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    public GgufBytes u8(int value) {
        out.write(value);
        return this;
    }

    public GgufBytes u16(int value) {
        return u8(value).u8(value >> 8);
    }

    public GgufBytes u32(long value) {
        return raw(littleEndian(4).putInt((int) value).array());
    }

    public GgufBytes u64(long value) {
        return raw(littleEndian(8).putLong(value).array());
    }

    public GgufBytes f32(float value) {
        return u32(Float.floatToRawIntBits(value));
    }

    public GgufBytes f64(double value) {
        return u64(Double.doubleToRawLongBits(value));
    }

    /** A length and UTF-8. */
    public GgufBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return u64(bytes.length).raw(bytes);
    }

    /** A key and the number of its value's type. */
    public GgufBytes key(String key, int type) {
        return text(key).u32(type);
    }

    /** A key with an array's header. */
    public GgufBytes array(String key, int elementType, long count) {
        return key(key, ARRAY).u32(elementType).u64(count);
    }

    /** A key with an array of strings. */
    public GgufBytes strings(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(this::text);
        return this;
    }

    /** An entry of the table of tensors; lengths innermost first. */
    public GgufBytes tensor(String name, int type, long offset, long... lengths) {
        text(name).u32(lengths.length);
        for (long length : lengths) {
            u64(length);
        }
        return u32(type).u64(offset);
    }

    /** Zeros up to a multiple of {@code alignment}. */
    public GgufBytes align(int alignment) {
        while (out.size() % alignment != 0) {
            u8(0);
        }
        return this;
    }

    public int size() {
        return out.size();
    }

    public byte[] bytes() {
        return out.toByteArray();
    }

    private static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
