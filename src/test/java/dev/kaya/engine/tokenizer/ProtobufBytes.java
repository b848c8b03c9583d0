package dev.kaya.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes the wire format of Protocol Buffers, field by field. */
public final class ProtobufBytes {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public ProtobufBytes integer(int field, long value) {
        return varint((long) field << 3).varint(value);
    }

    public ProtobufBytes float32(int field, float value) {
        varint((long) field << 3 | 5);
        bytes.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
        return this;
    }

    public ProtobufBytes text(int field, String value) {
        return raw(field, value.getBytes(StandardCharsets.UTF_8));
    }

    public ProtobufBytes raw(int field, byte[] value) {
        varint((long) field << 3 | 2).varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    public ProtobufBytes message(int field, ProtobufBytes value) {
        return raw(field, value.bytes());
    }

    public ProtobufBytes varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
        return this;
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }
}
