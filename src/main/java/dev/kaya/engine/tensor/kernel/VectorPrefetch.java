package dev.kaya.engine.tensor.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Asks for cache lines ahead of their use.
 *
 * <p>Java has no prefetch instruction, and a load whose line is far away holds up everything behind
 * it once the processor's window is full. A masked store of no lane writes nothing and waits for
 * nothing, but it asks for its line like any store.
 *
 * <p>Only processors with 512-bit vectors have such a store of bytes for certain; on others it
 * would be made of a load and a store of everything. Stores that do write wait behind it for its
 * line on some processors: an EPYC of Zen 5 computed a prompt a twentieth slower with such stores
 * among those of widened weights, a Xeon did not. So loops that write are told apart. What is not
 * asked for is read ahead by {@link ReadAhead}.
 */
final class VectorPrefetch {

    /** System property, true or false: asks everywhere or nowhere, whatever the processor. */
    static final String PROPERTY = "kaya.asks-ahead";

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    /** Whether this processor is asked in loops that write nothing. */
    static final boolean USED = BYTES.length() == Long.SIZE && wanted(true);

    /** Whether this processor is asked in loops that write too. */
    static final boolean USED_AMONG_STORES = USED && wanted(isIntel(PROCESSORS));

    /**
     * How far ahead: nearer, memory is late with one or four rows; farther, lines of the first
     * level are driven out before they are used.
     */
    static final int BYTES_AHEAD = 4096;

    private VectorPrefetch() {}

    /**
     * Asks for the line {@value #BYTES_AHEAD} bytes ahead of an element, but of none farther than
     * {@code last}: the next panel may be another thread's at that moment, and a store takes its
     * lines away from that thread.
     */
    static void ahead(byte[] w, int at, int last) {
        if (USED) {
            ask(w, at, last);
        }
    }

    /** The same in a loop that writes. */
    static void aheadAmongStores(byte[] w, int at, int last) {
        if (USED_AMONG_STORES) {
            ask(w, at, last);
        }
    }

    private static void ask(byte[] w, int at, int last) {
        int line = Math.min(at, last) + BYTES_AHEAD;
        ByteVector.zero(BYTES).intoArray(w, line, VectorMask.fromLong(BYTES, 0));
    }

    private static boolean wanted(boolean otherwise) {
        String property = System.getProperty(PROPERTY);
        return property == null ? otherwise : Boolean.parseBoolean(property);
    }

    /** Whether Linux's list of processors, where there is one, says that Intel made them. */
    static boolean isIntel(Path processors) {
        try (BufferedReader lines = Files.newBufferedReader(processors, ISO_8859_1)) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("vendor_id")) {
                line = lines.readLine();
            }
            return line != null && line.matches("vendor_id\\s*:\\s*GenuineIntel\\s*");
        } catch (IOException e) {
            return false;
        }
    }
}
