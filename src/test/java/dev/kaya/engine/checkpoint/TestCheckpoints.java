package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Where the test checkpoints lie, and short ways to read single elements. */
public final class TestCheckpoints {

    private TestCheckpoints() {}

    public static Path fixture(String name) {
        return Path.of("src/test/resources/fixtures").resolve(name);
    }

    public static Path shipped(String name) {
        return Path.of("checkpoints").resolve(name);
    }

    /** Elements {@code first} to {@code first + count − 1}, as the file stores them. */
    public static ByteBuffer bytes(TensorSource tensor, long first, long count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) tensor.type().bytes(count));
        tensor.read(first, count, MemorySegment.ofBuffer(buffer));
        return buffer.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** All elements of an F32 tensor in row-major order. */
    public static float[] floats(TensorSource tensor) throws IOException {
        float[] values = new float[(int) tensor.elementCount()];
        bytes(tensor, 0, values.length).asFloatBuffer().get(values);
        return values;
    }

    public static float floatAt(TensorSource tensor, long element) throws IOException {
        return bytes(tensor, element, 1).getFloat();
    }

    public static int bitsOfBf16At(TensorSource tensor, long element) throws IOException {
        return Short.toUnsignedInt(bytes(tensor, element, 1).getShort());
    }

    /** Reads every tensor completely, in pieces. */
    public static void readAll(Checkpoint checkpoint) throws IOException {
        for (TensorSource tensor : checkpoint.tensors().values()) {
            long piece = 1 << 16;
            for (long first = 0; first < tensor.elementCount(); first += piece) {
                bytes(tensor, first, Math.min(piece, tensor.elementCount() - first));
            }
        }
    }
}
