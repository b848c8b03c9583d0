package dev.kaya.engine.checkpoint;

import dev.kaya.engine.checkpoint.PickleValue.Global;
import dev.kaya.engine.checkpoint.PickleValue.Storage;
import dev.kaya.engine.checkpoint.PickleValue.Tensor;
import dev.kaya.engine.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls by which PyTorch writes storages, tensors and parameters into a pickle.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/_utils.py">torch._utils</a>
 */
final class TorchCalls {

    /** A view that repeats elements (stride 0) may have this many of them, a small file's worth. */
    private static final long MAX_EXPANDED_ELEMENTS = 1 << 24;

    private static final String PREFIX = "torch._utils.";

    private final ByteCursor in;

    TorchCalls(ByteCursor in) {
        this.in = in;
    }

    @Nullable Object call(Global callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        String name = callee.qualifiedName();
        return switch (name) {
            case PREFIX + "_rebuild_tensor", PREFIX + "_rebuild_tensor_v2" ->
                    tensor(name, arguments, null);
            case PREFIX + "_rebuild_tensor_v3" ->
                    tensor(name, arguments, dtype(argument(name, arguments, 6)));
            case PREFIX + "_rebuild_parameter", PREFIX + "_rebuild_parameter_with_state" ->
                    argument(name, arguments, 0);
            case "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type" ->
                    subclass(name, arguments);
            case "torch.device" -> argument(name, arguments, 0);
            default ->
                    throw in.fault(
                            "the pickle calls "
                                    + name
                                    + ", which is refused: only data is read, nothing in a file is"
                                    + " run. Save the plain state with"
                                    + " torch.save(model.state_dict(), …)");
        };
    }

    /** A persistent id: {@code ('storage', type, key, location, length)}. */
    Storage storage(@Nullable Object id) throws MalformedCheckpointException {
        List<@Nullable Object> parts = PickleCalls.itemsOf(id);
        if (parts != null
                && parts.size() >= 5
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof Global type
                && parts.get(2) instanceof String key
                && parts.get(4) instanceof Long length
                && length >= 0) {
            return new Storage(storageType(type), key, length);
        }
        throw in.fault("the pickle refers to something outside it that is no tensor storage");
    }

    private @Nullable DataType storageType(Global global) throws MalformedCheckpointException {
        String name = global.qualifiedName();
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "FloatStorage" -> DataType.F32;
            case "HalfStorage" -> DataType.F16;
            case "BFloat16Storage" -> DataType.BF16;
            case "DoubleStorage" -> DataType.F64;
            case "LongStorage" -> DataType.I64;
            case "IntStorage" -> DataType.I32;
            case "ShortStorage" -> DataType.I16;
            case "CharStorage" -> DataType.I8;
            case "ByteStorage" -> DataType.U8;
            case "BoolStorage" -> DataType.BOOL;
            case "UntypedStorage" -> null;
            default -> throw in.fault("tensors of the kind " + name + " are not supported");
        };
    }

    private DataType dtype(@Nullable Object value) throws MalformedCheckpointException {
        String name = value instanceof Global global ? global.qualifiedName() : "none";
        return switch (name) {
            case "torch.float32", "torch.float" -> DataType.F32;
            case "torch.float16", "torch.half" -> DataType.F16;
            case "torch.bfloat16" -> DataType.BF16;
            case "torch.float64", "torch.double" -> DataType.F64;
            case "torch.int64", "torch.long" -> DataType.I64;
            case "torch.int32", "torch.int" -> DataType.I32;
            case "torch.int16", "torch.short" -> DataType.I16;
            case "torch.int8" -> DataType.I8;
            case "torch.uint8" -> DataType.U8;
            case "torch.bool" -> DataType.BOOL;
            default -> throw in.fault("tensors of the dtype " + name + " are not supported");
        };
    }

    /** {@code (function, type, arguments, state)}: the tensor without the subclass around it. */
    private @Nullable Object subclass(String name, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        List<@Nullable Object> inner = PickleCalls.itemsOf(argument(name, arguments, 2));
        if (!(argument(name, arguments, 0) instanceof Global function) || inner == null) {
            throw in.fault("the pickle calls " + name + " with wrong arguments");
        }
        if (!function.qualifiedName().startsWith(PREFIX)) {
            throw in.fault("the pickle calls " + function.qualifiedName() + ", which is refused");
        }
        return call(function, inner);
    }

    /** {@code (storage, offset, size, stride, …)}. */
    private Tensor tensor(String name, List<@Nullable Object> arguments, @Nullable DataType dtype)
            throws MalformedCheckpointException {
        if (!(argument(name, arguments, 0) instanceof Storage storage)
                || !(argument(name, arguments, 1) instanceof Long offset)) {
            throw in.fault("the pickle calls " + name + " with wrong arguments");
        }
        List<Long> shape = lengths(name, argument(name, arguments, 2));
        List<Long> strides = lengths(name, argument(name, arguments, 3));
        DataType type = dtype == null ? storage.type() : dtype;
        if (type == null || offset < 0 || shape.size() != strides.size()) {
            throw in.fault("the pickle calls " + name + " with wrong arguments");
        }
        checkInside(storage, offset, shape, strides, elements(storage, type));
        return new Tensor(type, storage, new StridedTensor.View(offset, shape, strides));
    }

    private List<Long> lengths(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        List<@Nullable Object> items = PickleCalls.itemsOf(value);
        if (items == null || items.size() > Shapes.MAX_RANK) {
            throw in.fault("the pickle calls " + name + " with a shape that is none");
        }
        List<Long> lengths = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof Long length) || length < 0) {
                throw in.fault("the pickle calls " + name + " with a shape that is none");
            }
            lengths.add(length);
        }
        return lengths;
    }

    /** How many elements of {@code type} a storage holds. */
    private static long elements(Storage storage, DataType type) {
        DataType stored = storage.type();
        long width = stored == null ? 1 : stored.blockBytes();
        boolean fits = storage.length() <= Long.MAX_VALUE / width;
        return fits ? storage.length() * width / type.blockBytes() : 0;
    }

    private void checkInside(
            Storage storage, long offset, List<Long> shape, List<Long> strides, long available)
            throws MalformedCheckpointException {
        long count = Shapes.elements(shape);
        if (count < 0 || count > Math.max(available, MAX_EXPANDED_ELEMENTS)) {
            throw in.fault(
                    "a tensor of shape "
                            + shape
                            + " is larger than its storage "
                            + storage.key()
                            + " of "
                            + available
                            + " elements");
        }
        if (count > 0 && lastElement(offset, shape, strides) >= available) {
            throw in.fault(
                    "a tensor of shape "
                            + shape
                            + " reaches beyond its storage "
                            + storage.key()
                            + " of "
                            + available
                            + " elements");
        }
    }

    private static long lastElement(long offset, List<Long> shape, List<Long> strides) {
        long last = offset;
        try {
            for (int axis = 0; axis < shape.size(); axis++) {
                long reach = Math.multiplyExact(shape.get(axis) - 1, strides.get(axis));
                last = Math.addExact(last, reach);
            }
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
        return last;
    }

    private @Nullable Object argument(String name, List<@Nullable Object> arguments, int index)
            throws MalformedCheckpointException {
        if (index >= arguments.size()) {
            throw in.fault("the pickle calls " + name + " with too few arguments");
        }
        return arguments.get(index);
    }
}
