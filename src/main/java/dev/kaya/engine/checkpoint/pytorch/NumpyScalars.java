package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tuple;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** NumPy scalars in a pickle: a data type and the bytes of one value. */
final class NumpyScalars {

    private NumpyScalars() {}

    /** The number or truth value behind {@code scalar(dtype, bytes)}. */
    static Object read(List<@Nullable Object> arguments, ByteCursor in)
            throws MalformedCheckpointException {
        if (arguments.size() != 2
                || !(arguments.get(0) instanceof Bag type)
                || !(arguments.get(1) instanceof byte[] bytes)
                || type.arguments().isEmpty()
                || !(type.arguments().getFirst() instanceof String code)) {
            throw in.fault("a NumPy scalar of a kind that is not supported");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order(type));
        String bare = code.replaceFirst("^[<>=|]", "");
        if (!bare.matches("[a-z]" + bytes.length)) {
            throw in.fault("a NumPy scalar of the type " + code + " is not supported");
        }
        return switch (bare) {
            case "f8" -> buffer.getDouble();
            case "f4" -> (double) buffer.getFloat();
            case "f2" -> (double) Float.float16ToFloat(buffer.getShort());
            case "i8" -> buffer.getLong();
            case "u8" -> unsigned(buffer.getLong());
            case "i4" -> (long) buffer.getInt();
            case "u4" -> Integer.toUnsignedLong(buffer.getInt());
            case "i2" -> (long) buffer.getShort();
            case "u2" -> (long) Short.toUnsignedInt(buffer.getShort());
            case "i1" -> (long) buffer.get();
            case "u1" -> (long) Byte.toUnsignedInt(buffer.get());
            case "b1" -> buffer.get() != 0;
            default -> throw in.fault("a NumPy scalar of the type " + code + " is not supported");
        };
    }

    private static Object unsigned(long value) {
        return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
    }

    /** The second part of a dtype's state is its byte order: {@code <}, {@code >} or {@code |}. */
    private static ByteOrder order(Bag type) {
        boolean big =
                type.attributes().get(PickleCalls.STATE) instanceof Tuple state
                        && state.items().size() > 1
                        && ">".equals(state.items().get(1));
        return big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }
}
