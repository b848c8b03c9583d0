package dev.kaya.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads many damaged files of one format, and counts. Whatever was done to a file, it is read or
 * refused with a {@link MalformedCheckpointException} that names a file, and takes no more memory
 * than {@code fixed + factor · length}; anything else fails.
 *
 * <p>Memory is all that the reading thread allocates on the heap, whether or not it is garbage
 * before the end: an upper bound of what is in use at once. {@code -Dtest.fuzz.mutants=N} sets the
 * number of files of a format, {@code -Dtest.fuzz.seed=N} makes them others.
 */
public final class FuzzRun {

    private static final long SEED = Long.getLong("test.fuzz.seed", 20_240_607);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String format;
    private final Limit limit;
    private long opened;
    private long refused;
    private long peak;
    private long peakLength;

    /** How much memory a file may take: {@code fixed} bytes and {@code factor} for each of its. */
    public record Limit(long fixed, long factor) {}

    /** Opens and reads a file. */
    @FunctionalInterface
    public interface Reading {
        /** Reads what {@code file} has become. */
        void read(Path file) throws IOException;
    }

    public FuzzRun(String format, Limit limit) {
        this.format = format;
        this.limit = limit;
    }

    /** How many files of a format are tried, unless a property says otherwise. */
    public static int mutants(int usual) {
        return Integer.getInteger("test.fuzz.mutants", usual);
    }

    /** Reads {@code count} damaged versions of a file. */
    public void over(Path file, byte[] content, int count, Reading reading) throws IOException {
        over(file, content, 0, count, reading);
    }

    /** The same for a file of which only the head is damaged, and the rest is zeros. */
    public void over(Path file, byte[] head, long zeros, int count, Reading reading)
            throws IOException {
        long seed = SEED ^ (format + file.getFileName()).hashCode();
        FileMutator mutator = new FileMutator(head, zeros, seed);
        mutator.writeUndamaged(file);
        refusal(file, reading); // Loads classes, so that their memory is not counted.
        for (int i = 0; i < count; i++) {
            mutator.write(file);
            try {
                read(file, reading);
            } catch (RuntimeException | Error | IOException e) {
                String which = format + ", " + file.getFileName() + ", damaged file " + i;
                throw new AssertionError(which + " of the seed " + SEED, e);
            }
        }
    }

    private void read(Path file, Reading reading) throws IOException {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        String refusal = refusal(file, reading);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (refusal == null) {
            opened++;
        } else {
            refused++;
            assertThat(refusal).startsWith(String.valueOf(file.getParent()));
        }
        long length = Files.size(file);
        if (allocated > peak) {
            peak = allocated;
            peakLength = length;
        }
        assertThat(allocated)
                .as("bytes allocated for a file of %s", length)
                .isLessThanOrEqualTo(limit.fixed() + limit.factor() * length);
    }

    /** Why a file is refused; null when it is read. */
    private static @Nullable String refusal(Path file, Reading reading) throws IOException {
        try {
            reading.read(file);
            return null;
        } catch (MalformedCheckpointException e) {
            return e.getMessage();
        }
    }

    /** Checks that damage was done, and prints the figures. */
    public void finish() {
        assertThat(refused).isPositive();
        System.out.printf(
                Locale.ROOT,
                "fuzz %-40s %,8d inputs, %,7d read, %,8d refused, 0 crashes; most allocated"
                        + " %,7d kB, for a file of %,d kB%n",
                format,
                opened + refused,
                opened,
                refused,
                peak >> 10,
                (peakLength + 1023) >> 10);
    }
}
