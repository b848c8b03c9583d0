package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * A tensor whose elements lie in row-major order, little endian: reading is one copy.
 *
 * @param bytes exactly {@code type.bytes(elementCount())} bytes
 */
record ContiguousTensor(String name, DataType type, List<Long> shape, MemorySegment bytes)
        implements TensorSource {

    ContiguousTensor {
        shape = List.copyOf(shape);
    }

    @Override
    public void read(long firstElement, long count, MemorySegment target) {
        Objects.checkFromIndexSize(firstElement, count, elementCount());
        MemorySegment.copy(bytes, type.bytes(firstElement), target, 0, type.bytes(count));
    }
}
