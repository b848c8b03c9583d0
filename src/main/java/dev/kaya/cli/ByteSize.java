package dev.kaya.cli;

import java.util.Locale;

/** Bytes for people: the units are powers of 1,024, as those of {@code -Xmx} are. */
final class ByteSize {

    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB"};
    private static final double STEP = 1024;

    /** From here on a size would be printed as a whole step. */
    private static final double ROUNDED_UP = 1023.95;

    private ByteSize() {}

    static String of(long bytes) {
        if (bytes < STEP) {
            return bytes + " B";
        }
        double size = bytes / STEP;
        int unit = 0;
        while (size >= ROUNDED_UP && unit < UNITS.length - 1) {
            size /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
    }
}
