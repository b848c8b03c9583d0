package dev.kaya.engine.tensor;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Asks for cache lines ahead of their use.
 *
 * <p>Java has no prefetch instruction, and a load whose line is far away holds up everything behind
 * it once the processor's window is full. A masked store of no lane writes nothing and waits for
 * nothing, but it asks for its line like any store: measured on a Xeon, it does what a prefetch
 * instruction does. Only processors with 512-bit vectors have such a store of bytes for certain; on
 * others it would be made of a load and a store of everything, so there nothing is done.
 */
final class VectorPrefetch {

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    /** Whether this processor can be asked. */
    static final boolean POSSIBLE = BYTES.length() == Long.SIZE;

    /**
     * How far ahead: nearer, memory is late with one or four rows; farther, lines of the first
     * level are driven out before they are used. Arrays that are read so are longer by this much.
     */
    static final int BYTES_AHEAD = 4096;

    private VectorPrefetch() {}

    /** Asks for the line {@value #BYTES_AHEAD} bytes ahead of an element. */
    static void ahead(byte[] w, int at) {
        if (POSSIBLE) {
            ByteVector.zero(BYTES).intoArray(w, at + BYTES_AHEAD, VectorMask.fromLong(BYTES, 0));
        }
    }
}
