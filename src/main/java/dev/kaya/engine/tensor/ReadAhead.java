package dev.kaya.engine.tensor;

/**
 * Sets the processor's own reading ahead going, in several places at once.
 *
 * <p>A processor that sees loads march through memory reads ahead of them, but no farther than the
 * page of 4 KiB where they are: in the next one it has to learn it anew, and memory rests
 * meanwhile. One load in each page of what is about to be multiplied lets it begin in all of them
 * together. More loads gain nothing: four in a page already cost a product of eight rows a seventh.
 *
 * <p>Memory of one thread.
 */
final class ReadAhead {

    private static final int PAGE_BYTES = 4096;
    private static final int PAGE_FLOATS = PAGE_BYTES / Float.BYTES;

    /** Means nothing, but without it the compiler leaves the loads out. */
    int read;

    /** Begins to read elements {@code from … from + count − 1}. */
    void start(float[] w, int from, int count) {
        int bits = 0;
        for (int at = from; at < from + count; at += PAGE_FLOATS) {
            bits ^= Float.floatToRawIntBits(w[at]);
        }
        read = bits;
    }

    /** Begins to read elements {@code from … from + count − 1}. */
    void start(byte[] w, int from, int count) {
        int bits = 0;
        for (int at = from; at < from + count; at += PAGE_BYTES) {
            bits ^= w[at];
        }
        read = bits;
    }
}
