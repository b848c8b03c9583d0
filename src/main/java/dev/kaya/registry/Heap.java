package dev.kaya.registry;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/**
 * The heap of a process, as far as it can be filled.
 *
 * @param most bytes it may grow to, which is {@code -Xmx}
 * @param old bytes of it for what stays: the plain collector keeps two thirds for that, and large
 *     arrays nowhere else; G1 gives each of those whole regions, the last of which it wastes;
 *     others keep all
 */
public record Heap(long most, long old) {

    /** No collector can work in a heap that is full: a tenth stays free. */
    private static final double USABLE = 0.9;

    /** Large arrays leave gaps between them. */
    private static final double FILLED = 0.97;

    /** Where the young have a place to survive in, that is kept empty and not counted. */
    private static final double SPARE = 1.04;

    /** What G1 leaves where arrays of some regions each are rounded up to whole ones. */
    private static final double WITHOUT_WASTE = 0.8;

    private static final long MEGABYTE = 1 << 20;
    private static final long ROUNDED_TO = 16 * MEGABYTE;

    /** The heap of this process. */
    public static Heap current() {
        long most = Runtime.getRuntime().maxMemory();
        long old = most;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            String name = pool.getName();
            if (pool.getType() == MemoryType.HEAP
                    && (name.contains("Old") || name.contains("Tenured"))
                    && pool.getUsage().getMax() > 0) {
                long room = pool.getUsage().getMax();
                old = name.startsWith("G1") ? (long) (room * WITHOUT_WASTE) : room;
            }
        }
        return new Heap(most, Math.min(old, most));
    }

    /** One of another size, divided like this one. */
    public Heap ofSize(long bytes) {
        return new Heap(bytes, (long) (bytes * ((double) old / most)));
    }

    /** Bytes that may be in use at a time. */
    long usable() {
        return (long) (most * USABLE);
    }

    /** Bytes of what stays. */
    long lasting() {
        return (long) (old * FILLED);
    }

    /** The smallest heap divided like this one that holds so much, in whole steps of 16 MB. */
    long smallest(long all, long lasting) {
        double share = (double) old / most;
        double needed = Math.max(all / USABLE, lasting / FILLED / share);
        needed *= share < 1 ? SPARE : 1;
        return (long) Math.ceil(needed / ROUNDED_TO) * ROUNDED_TO + ROUNDED_TO;
    }
}
