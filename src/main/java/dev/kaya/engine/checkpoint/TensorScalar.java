package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one element of a tensor without dimensions, as a value of a metadata tree. */
public final class TensorScalar {

    private TensorScalar() {}

    /** A {@code Double}, {@code Long} or {@code Boolean}, whatever the type calls for. */
    public static Object read(TensorSource tensor) throws IOException {
        ByteBuffer element = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        tensor.read(0, 1, MemorySegment.ofBuffer(element));
        return switch (tensor.type()) {
            case F32 -> (double) element.getFloat();
            case F16 -> (double) Float.float16ToFloat(element.getShort());
            case BF16 -> (double) Float.intBitsToFloat(element.getShort() << 16);
            case F64 -> element.getDouble();
            case Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                    throw new IllegalArgumentException("a block is not a scalar");
            case I64 -> element.getLong();
            case I32 -> (long) element.getInt();
            case I16 -> (long) element.getShort();
            case I8 -> (long) element.get();
            case U8 -> (long) Byte.toUnsignedInt(element.get());
            case BOOL -> element.get() != 0;
        };
    }
}
