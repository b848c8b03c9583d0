package dev.kaya.engine.checkpoint;

import java.util.List;

/** Makes tensors of the bytes that PyTorch and safetensors store; types are not complex. */
public final class StoredTensor {

    private StoredTensor() {}

    /** A tensor of elements in row-major order, which are all of {@code bytes}. */
    public static TensorSource of(
            String name, StoredType type, List<Long> shape, StoredBytes bytes) {
        return widened(type, new ContiguousTensor(name, type.raw(), shape, bytes));
    }

    /**
     * A tensor of elements that lie anywhere in a storage.
     *
     * @param view checked to lie in the storage
     * @param storage all bytes of the storage
     */
    public static TensorSource of(
            String name,
            StoredType type,
            StridedTensor.View view,
            StoredBytes storage,
            boolean bigEndian) {
        boolean turned = bigEndian && type.bytes() > 1;
        if (turned || !view.isContiguous()) {
            return widened(type, new StridedTensor(name, type.raw(), view, storage, turned));
        }
        long count = Shapes.elements(view.shape());
        long start = count == 0 ? 0 : type.raw().bytes(view.offset());
        StoredBytes bytes = storage.slice(start, type.raw().bytes(count));
        return of(name, type, view.shape(), bytes);
    }

    private static TensorSource widened(StoredType type, TensorSource raw) {
        assert !type.isComplex() : type;
        if (type == StoredType.F8_E4M3) {
            return new Float8Tensor(raw, Float8Tensor.E4M3);
        }
        return type == StoredType.F8_E5M2 ? new Float8Tensor(raw, Float8Tensor.E5M2) : raw;
    }
}
