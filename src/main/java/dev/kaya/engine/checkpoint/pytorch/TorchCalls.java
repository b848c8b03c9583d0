package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.Shapes;
import dev.kaya.engine.checkpoint.StoredType;
import dev.kaya.engine.checkpoint.StridedTensor;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls by which PyTorch writes tensors and parameters into a pickle.
 *
 * @see <a href="https://github.com/pytorch/pytorch/blob/main/torch/_utils.py">torch._utils</a>
 */
final class TorchCalls {

    /** A view that repeats elements (stride 0) may have this many of them, a small file's worth. */
    private static final long MAX_EXPANDED_ELEMENTS = 1 << 24;

    /** Weights have four dimensions at most, buffers a few more. */
    private static final int MAX_RANK = 16;

    private static final String PREFIX = "torch._utils.";

    /** What may be found in files of good faith, and cannot be read. */
    private static final Map<String, String> ADVICE =
            Map.of(
                    "torch.storage._load_from_bytes",
                    "a tensor that pickle.dump or joblib wrote, not torch.save",
                    PREFIX + "_rebuild_meta_tensor_no_storage",
                    "a tensor on the device meta, which has no data",
                    PREFIX + "_rebuild_device_tensor_from_numpy",
                    "a tensor from an accelerator, written as a NumPy array",
                    PREFIX + "_rebuild_xla_tensor",
                    "a tensor from an accelerator, written as a NumPy array",
                    PREFIX + "_rebuild_qtensor",
                    "a tensor quantised by PyTorch",
                    PREFIX + "_rebuild_sparse_tensor",
                    "a sparse tensor",
                    PREFIX + "_rebuild_nested_tensor",
                    "a nested tensor",
                    PREFIX + "_rebuild_wrapper_subclass",
                    "a tensor spread over several devices");

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
            case PREFIX + "_rebuild_parameter",
                    PREFIX + "_rebuild_parameter_with_state",
                    "torch.nn.parameter.Parameter",
                    "torch.autograd.variable.Variable" ->
                    argument(name, arguments, 0);
            case PREFIX + "_rebuild_device_tensor_from_cpu_tensor" -> copied(name, arguments);
            case "torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type" ->
                    subclass(name, arguments);
            case "torch.device" -> argument(name, arguments, 0);
            default -> throw refusal(name);
        };
    }

    private MalformedCheckpointException refusal(String name) {
        String advice = ADVICE.get(name);
        return in.fault(
                advice == null
                        ? "the pickle calls "
                                + name
                                + ", which is refused: only data is read, nothing in a file is run."
                                + " Save the plain state with torch.save(model.state_dict(), …)"
                        : "the pickle calls "
                                + name
                                + ": "
                                + advice
                                + ". Save the state again with"
                                + " torch.save(model.cpu().state_dict(), …)");
    }

    private StoredType dtype(@Nullable Object value) throws MalformedCheckpointException {
        String name = value instanceof Global global ? global.qualifiedName() : "none";
        StoredType type = name.startsWith("torch.") ? StoredType.ofTorch(name.substring(6)) : null;
        if (type == null) {
            throw in.fault("tensors of the dtype " + name + " are not supported");
        }
        return type;
    }

    /** {@code (tensor, dtype, device, …)}: a tensor from a device, brought to the processor. */
    private Tensor copied(String name, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (argument(name, arguments, 0) instanceof Tensor tensor
                && tensor.type() == dtype(argument(name, arguments, 1))) {
            return tensor;
        }
        throw in.fault("the pickle calls " + name + " with a change of type");
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

    /** {@code (storage, offset, size, stride, …)}, and the bits of pending signs last. */
    private Tensor tensor(String name, List<@Nullable Object> arguments, @Nullable StoredType dtype)
            throws MalformedCheckpointException {
        if (!(argument(name, arguments, 0) instanceof Storage storage)
                || !(argument(name, arguments, 1) instanceof Long offset)) {
            throw in.fault("the pickle calls " + name + " with wrong arguments");
        }
        List<Long> shape = lengths(name, argument(name, arguments, 2));
        List<Long> strides = lengths(name, argument(name, arguments, 3));
        StoredType type = dtype == null ? storage.type() : dtype;
        if (type == null || offset < 0 || shape.size() != strides.size()) {
            throw in.fault("the pickle calls " + name + " with wrong arguments");
        }
        refusePendingSigns(arguments, dtype == null ? 6 : 7);
        checkInside(storage, offset, shape, strides, elements(storage, type));
        StridedTensor.View view = new StridedTensor.View(offset, shape, strides);
        return new Tensor(type.part(), storage, type.isComplex() ? view.ofPairs() : view);
    }

    /** A view may stand for the negative, or the conjugate, of what is stored. */
    private void refusePendingSigns(List<@Nullable Object> arguments, int index)
            throws MalformedCheckpointException {
        if (index < arguments.size()
                && arguments.get(index) instanceof Dict marks
                && (Boolean.TRUE.equals(marks.entries().get("neg"))
                        || Boolean.TRUE.equals(marks.entries().get("conj")))) {
            throw in.fault("a tensor is stored as a negative or conjugate view; clone it first");
        }
    }

    private List<Long> lengths(String name, @Nullable Object value)
            throws MalformedCheckpointException {
        List<@Nullable Object> items = PickleCalls.itemsOf(value);
        if (items == null || items.size() > MAX_RANK) {
            throw in.fault("the pickle calls " + name + " with a shape that is none");
        }
        List<Long> lengths = new ArrayList<>(items.size());
        for (Object item : items) {
            if (!(item instanceof Long length) || length < 0) {
                throw in.fault("the pickle calls " + name + " with a shape that is none");
            }
            lengths.add(length);
        }
        return lengths;
    }

    /** How many elements of {@code type} a storage holds. */
    private static long elements(Storage storage, StoredType type) {
        long width = storage.elementBytes();
        boolean fits = storage.length() <= Long.MAX_VALUE / width;
        return fits ? storage.length() * width / type.bytes() : 0;
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
