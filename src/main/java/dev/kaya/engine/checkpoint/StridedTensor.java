package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A view into a storage that is not simply a run of bytes: transposed, cut out, expanded, or with
 * its bytes in big-endian order. Reading walks the elements and puts them in row-major order.
 *
 * @param view lengths, strides and first element; checked to lie in the storage
 * @param storage all bytes of the storage
 * @param bigEndian whether each element's bytes are reversed on the way
 */
public record StridedTensor(
        String name, DataType type, View view, StoredBytes storage, boolean bigEndian)
        implements TensorSource {

    /**
     * Which elements of a storage a tensor consists of.
     *
     * @param offset the storage's element that comes first
     * @param shape lengths of the dimensions
     * @param strides storage elements from one index to the next, for each dimension
     */
    public record View(long offset, List<Long> shape, List<Long> strides) {

        public View {
            shape = List.copyOf(shape);
            strides = List.copyOf(strides);
            assert shape.size() == strides.size();
        }

        /** The view of a tensor of pairs as one of their parts, in a last dimension of length 2. */
        public View ofPairs() {
            List<Long> lengths = new ArrayList<>(shape);
            List<Long> steps = new ArrayList<>();
            strides.forEach(stride -> steps.add(2 * stride));
            lengths.add(2L);
            steps.add(1L);
            return new View(2 * offset, lengths, steps);
        }

        /** Whether the elements follow each other without gaps, in row-major order. */
        boolean isContiguous() {
            long expected = 1;
            for (int axis = shape.size() - 1; axis >= 0; axis--) {
                long length = shape.get(axis);
                if (length == 0) {
                    return true;
                }
                if (length != 1 && strides.get(axis) != expected) {
                    return false;
                }
                expected *= length;
            }
            return true;
        }
    }

    @Override
    public List<Long> shape() {
        return view.shape();
    }

    @Override
    public void read(long firstElement, long count, MemorySegment target) throws IOException {
        Objects.checkFromIndexSize(firstElement, count, elementCount());
        Objects.checkFromIndexSize(0, type.bytes(count), target.byteSize());
        if (count == 0) {
            return;
        }
        long[] lengths = longs(view.shape());
        long[] strides = longs(view.strides());
        long[] index = indexOf(firstElement, lengths);
        long first = lowest(index, strides);
        long end = highest(indexOf(firstElement + count - 1, lengths), lengths, strides) + 1;
        try (Arena arena = Arena.ofConfined()) {
            int width = type.blockBytes();
            long offset = (view.offset() + first) * width;
            MemorySegment seen = storage.view(offset, (end - first) * width, arena);
            long element = -first;
            for (int axis = 0; axis < index.length; axis++) {
                element += index[axis] * strides[axis];
            }
            for (long i = 0; i < count; i++) {
                copyElement(seen, element, target, i);
                element += step(index, lengths, strides);
            }
        }
    }

    /** The least storage element, after the view's first, from an index on in row-major order. */
    private static long lowest(long[] index, long[] strides) {
        return index.length == 0 ? 0 : index[0] * strides[0];
    }

    /** The greatest up to an index. */
    private static long highest(long[] index, long[] lengths, long[] strides) {
        long highest = lowest(index, strides);
        for (int axis = 1; axis < lengths.length; axis++) {
            highest += (lengths[axis] - 1) * strides[axis];
        }
        return highest;
    }

    /** Moves {@code index} on by one, and tells by how many storage elements that is. */
    private static long step(long[] index, long[] lengths, long[] strides) {
        long moved = 0;
        for (int axis = index.length - 1; axis >= 0; axis--) {
            if (++index[axis] < lengths[axis]) {
                return moved + strides[axis];
            }
            moved -= (lengths[axis] - 1) * strides[axis];
            index[axis] = 0;
        }
        return moved;
    }

    private void copyElement(MemorySegment seen, long element, MemorySegment target, long at) {
        int width = type.blockBytes();
        long from = element * width;
        long to = at * width;
        if (!bigEndian) {
            MemorySegment.copy(seen, from, target, to, width);
            return;
        }
        for (int i = 0; i < width; i++) {
            byte value = seen.get(ValueLayout.JAVA_BYTE, from + width - 1 - i);
            target.set(ValueLayout.JAVA_BYTE, to + i, value);
        }
    }

    private static long[] indexOf(long element, long[] lengths) {
        long[] index = new long[lengths.length];
        long rest = element;
        for (int axis = lengths.length - 1; axis >= 0; axis--) {
            index[axis] = rest % lengths[axis];
            rest /= lengths[axis];
        }
        return index;
    }

    private static long[] longs(List<Long> values) {
        long[] result = new long[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = values.get(i);
        }
        return result;
    }
}
