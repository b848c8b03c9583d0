package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * A tensor whose elements lie in row-major order, little endian: reading is one copy.
 *
 * @param bytes exactly {@code type.bytes(elementCount())} bytes
 */
public record ContiguousTensor(String name, DataType type, List<Long> shape, StoredBytes bytes)
        implements TensorSource {

    public ContiguousTensor {
        shape = List.copyOf(shape);
    }

    @Override
    public void read(long firstElement, long count, MemorySegment target) throws IOException {
        Objects.checkFromIndexSize(firstElement, count, elementCount());
        bytes.read(type.bytes(firstElement), type.bytes(count), target);
    }
}
