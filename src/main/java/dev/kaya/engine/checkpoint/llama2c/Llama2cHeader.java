package dev.kaya.engine.checkpoint.llama2c;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The sizes at the head of a llama2.c model.
 *
 * <p>The first version of the format has no magic number, only seven of these sizes. They count as
 * a header when each is sensible by itself and beside the others, and the file is exactly as long
 * as they make it.
 *
 * @param dim length of an embedding
 * @param hidden length of the feed-forward layer
 * @param heads of queries; a divisor of {@code dim} into an even length
 * @param keyValueHeads a divisor of {@code heads}
 * @param context the longest sequence
 * @param sharesHead whether the head is the token embedding
 * @param version 0 for the one without a magic number
 * @see <a href="https://github.com/karpathy/llama2.c/blob/master/export.py">export.py</a>
 */
public record Llama2cHeader(
        long dim,
        long hidden,
        long layers,
        long heads,
        long keyValueHeads,
        long vocabulary,
        long context,
        boolean sharesHead,
        int version) {

    /** {@code ak42} read as a little-endian number. */
    static final int MAGIC = 0x616b3432;

    /** Where tensors begin in files with a magic number. */
    static final int LONG_BYTES = 256;

    /** Seven numbers of four bytes. */
    static final int SHORT_BYTES = 7 * Integer.BYTES;

    // Bounds far above any model of this family, and so low that no product overflows.
    private static final long MAX_DIM = 1 << 17;
    private static final long MAX_HIDDEN = 1 << 20;
    private static final long MAX_LAYERS = 1 << 10;
    private static final long MAX_VOCABULARY = 1 << 24;
    private static final long MAX_CONTEXT = 1 << 24;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The version of a file that begins with {@link #MAGIC}; −1 for any other. */
    public static int version(MemorySegment head) {
        boolean magic = head.byteSize() >= 2 * Integer.BYTES && head.get(INT, 0) == MAGIC;
        return magic ? head.get(INT, Integer.BYTES) : -1;
    }

    /** The header of a file without a magic number, whatever its length; null when it is none. */
    public static @Nullable Llama2cHeader parse(MemorySegment head) {
        return head.byteSize() < SHORT_BYTES ? null : parse(head, 0, 0);
    }

    /** The header of a file of version 1, whatever its length; null when it is none. */
    static @Nullable Llama2cHeader parseVersion1(MemorySegment head) {
        return head.byteSize() < LONG_BYTES ? null : parse(head, 2 * Integer.BYTES, 1);
    }

    private static @Nullable Llama2cHeader parse(MemorySegment head, int at, int version) {
        long[] sizes = new long[7];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = head.get(INT, at + (long) i * Integer.BYTES);
        }
        boolean shared =
                version == 0
                        ? sizes[5] > 0
                        : head.get(ValueLayout.JAVA_BYTE, at + SHORT_BYTES) != 0;
        var header =
                new Llama2cHeader(
                        sizes[0],
                        sizes[1],
                        sizes[2],
                        sizes[3],
                        sizes[4],
                        version == 0 ? Math.abs(sizes[5]) : sizes[5],
                        sizes[6],
                        shared,
                        version);
        return header.isSensible() ? header : null;
    }

    private boolean isSensible() {
        return isWithin(dim, MAX_DIM)
                && isWithin(hidden, MAX_HIDDEN)
                && isWithin(layers, MAX_LAYERS)
                && isWithin(heads, dim)
                && isWithin(keyValueHeads, heads)
                && isWithin(vocabulary, MAX_VOCABULARY)
                && isWithin(context, MAX_CONTEXT)
                && dim % (2 * heads) == 0
                && heads % keyValueHeads == 0;
    }

    private static boolean isWithin(long value, long most) {
        return value > 0 && value <= most;
    }

    long headLength() {
        return dim / heads;
    }

    /** The length of all keys, or values, of a position. */
    long keyLength() {
        return headLength() * keyValueHeads;
    }

    /** Elements of the rotary tables that only version 0 has, cosines and sines together. */
    long rotaryElements() {
        return version == 0 ? context * headLength() : 0;
    }

    /** How long a file with this header is. */
    public long fileBytes() {
        long layer = 2 * dim + 2 * dim * dim + 2 * dim * keyLength() + 3 * dim * hidden;
        long tables = (sharesHead ? 1 : 2) * vocabulary * dim;
        long elements = layers * layer + dim + tables + rotaryElements();
        return (version == 0 ? SHORT_BYTES : LONG_BYTES) + elements * Float.BYTES;
    }
}
