package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.StoredType;
import dev.kaya.engine.checkpoint.StridedTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle is made of, besides {@code null}, {@code Boolean}, {@code Long}, {@code
 * BigInteger}, {@code Double}, {@code String} and {@code byte[]}.
 *
 * <p>Nothing here can do anything: a global is a pair of names, an object a bag of attributes. The
 * collections may contain themselves, so nobody hashes, compares or prints these values.
 */
sealed interface PickleValue {

    /** The name of a class or function, never looked up. */
    record Global(String qualifiedName) implements PickleValue {}

    /** A tuple, or a {@code torch.Size}. */
    record Tuple(List<@Nullable Object> items) implements PickleValue {}

    /** A list, or a set in the order of the file. */
    record Sequence(List<@Nullable Object> items) implements PickleValue {

        Sequence() {
            this(new ArrayList<>());
        }
    }

    /** A dict of any kind; keys that are no strings stand as Python would print them. */
    record Dict(Map<String, @Nullable Object> entries) implements PickleValue {

        Dict() {
            this(new LinkedHashMap<>());
        }
    }

    /**
     * An instance of a class that means nothing here.
     *
     * @param className module and name
     * @param arguments what its class was called with
     * @param attributes its fields, and its entries if it is a dict
     * @param items its elements if it is a list
     */
    record Bag(
            String className,
            List<@Nullable Object> arguments,
            Map<String, @Nullable Object> attributes,
            List<@Nullable Object> items)
            implements PickleValue {

        Bag(String className, List<@Nullable Object> arguments) {
            this(className, arguments, new LinkedHashMap<>(), new ArrayList<>());
        }
    }

    /**
     * A reference to the bytes behind tensors.
     *
     * @param type of the elements; null when the storage is plain bytes
     * @param key the storage's name in its file
     * @param first where it begins in the one of that name: not 0 for a part of it
     * @param length in elements, as {@code first}, or in bytes when there is no type
     */
    record Storage(@Nullable StoredType type, String key, long first, long length)
            implements PickleValue {

        /** Bytes of one element. */
        int elementBytes() {
            return type == null ? 1 : type.bytes();
        }
    }

    /** A tensor without a name: a view into a storage, checked to lie inside it; not complex. */
    record Tensor(StoredType type, Storage storage, StridedTensor.View view)
            implements PickleValue {}
}
