package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.util.List;

/** Arithmetic on shapes that come from a file and may be nonsense. */
public final class Shapes {

    /** More dimensions than any framework allows. */
    static final int MAX_RANK = 64;

    private Shapes() {}

    /** The product of two numbers that are not negative, or −1 when it overflows. */
    public static long product(long a, long b) {
        long product = a * b;
        return Math.multiplyHigh(a, b) != 0 || product < 0 ? -1 : product;
    }

    /** The number of elements, or −1 when a length is negative or the product overflows. */
    public static long elements(List<Long> shape) {
        long count = 1;
        for (long length : shape) {
            count = length < 0 ? -1 : product(count, length);
            if (count < 0) {
                return -1;
            }
        }
        return shape.size() > MAX_RANK ? -1 : count;
    }

    /** The number of bytes, or −1 when the shape is impossible. */
    public static long bytes(DataType type, List<Long> shape) {
        long count = elements(shape);
        boolean fits = count >= 0 && count <= Long.MAX_VALUE / type.blockBytes();
        return fits ? type.bytes(count) : -1;
    }
}
