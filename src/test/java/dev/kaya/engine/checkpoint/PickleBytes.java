package dev.kaya.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles opcode by opcode (protocol 2), so that tests can write what Python would not. */
public final class PickleBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public PickleBytes() {
        op(0x80, 2);
    }

    /** Raw opcodes or argument bytes; characters count as their code. */
    public PickleBytes op(int... bytes) {
        for (int value : bytes) {
            out.write(value);
        }
        return this;
    }

    public PickleBytes text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        op('X').i32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    public PickleBytes number(int value) {
        return op('J').i32(value);
    }

    public PickleBytes number(long value) {
        op(0x8a, Long.BYTES);
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.writeBytes(buffer.putLong(value).array());
        return this;
    }

    public PickleBytes global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public PickleBytes numbers(long... values) {
        op('(');
        for (long value : values) {
            number(value);
        }
        return op('t');
    }

    /** A storage as torch.save refers to it. */
    public PickleBytes storage(String type, String key, long length) {
        op('(').text("storage").global("torch", type).text(key).text("cpu").number(length);
        return op('t', 'Q');
    }

    /** A tensor as torch.save writes it. */
    public PickleBytes view(
            String type, String key, long length, long offset, long[] shape, long[] strides) {
        global("torch._utils", "_rebuild_tensor_v2").op('(').storage(type, key, length);
        number(offset).numbers(shape).numbers(strides).op(0x89);
        return global("collections", "OrderedDict").op(')', 'R', 't', 'R');
    }

    /** An F32 tensor in a part of a storage, as PyTorch before 0.4 wrote it. */
    public PickleBytes part(
            String key,
            long length,
            String partKey,
            long first,
            long partLength,
            long[] shape,
            long[] strides) {
        global("torch._utils", "_rebuild_tensor").op('(');
        op('(').text("storage").global("torch", "FloatStorage").text(key).text("cpu");
        number(length).op('(').text(partKey).number(first).number(partLength).op('t', 't', 'Q');
        return number(0).numbers(shape).numbers(strides).op('t', 'R');
    }

    /** A contiguous F32 vector. */
    public PickleBytes vector(String key, long length) {
        return view("FloatStorage", key, length, 0, new long[] {length}, new long[] {1});
    }

    public byte[] stop() {
        return op('.').out.toByteArray();
    }

    private PickleBytes i32(int value) {
        ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.writeBytes(buffer.putInt(value).array());
        return this;
    }
}
