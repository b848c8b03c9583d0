package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One named tensor of an open checkpoint, read in pieces.
 *
 * <p>Elements are counted in row-major order of {@link #shape()}, whatever strides the file uses.
 * Reading is thread-safe as long as the checkpoint is open.
 */
public interface TensorSource {

    /** The name as the file has it. */
    String name();

    /**
     * How {@link #read} delivers the elements: as they are stored, but for 8-bit floats in BF16.
     */
    DataType type();

    /** Lengths of the dimensions, outermost first; empty for a scalar. */
    List<Long> shape();

    /** The product of {@link #shape()}. */
    default long elementCount() {
        long count = 1;
        for (long length : shape()) {
            count = Math.multiplyExact(count, length);
        }
        return count;
    }

    /**
     * Copies elements into the start of {@code target}, little endian, in the stored type.
     *
     * @param firstElement index of the first element, a multiple of the type's block
     * @param count how many elements, a multiple of the type's block
     * @param target heap or native memory of at least {@code type().bytes(count)} bytes
     * @throws IndexOutOfBoundsException when the range leaves the tensor or the target is too small
     * @throws IOException when the file cannot be read
     */
    void read(long firstElement, long count, MemorySegment target) throws IOException;
}
