package dev.kaya.registry;

import dev.kaya.engine.constraint.ConstraintMemory;

/**
 * What requests may hold of the heap at a time, all of them together. Each part is a bound that is
 * enforced, so that a heap with room for their sum is not filled by requests.
 *
 * @param bodies bytes of their bodies, as sent and as understood
 * @param answers bytes of their tokens and texts until they are sent
 * @param formats bytes of compiled response formats and of those being compiled
 * @param connections bytes of the connections that they come by
 */
public record RequestMemory(long bodies, long answers, long formats, long connections) {

    private static final long MEGABYTE = 1 << 20;

    /** Buffers of a connection whose request has not been read yet: measured 56 kB. */
    private static final long CONNECTION_BYTES = 56 << 10;

    /** Connections of a server unless it is told otherwise. */
    public static final int USUAL_CONNECTIONS = 1_024;

    /** What one request at a time needs. */
    public static final RequestMemory OF_ONE =
            new RequestMemory(4 * MEGABYTE, 4 * MEGABYTE, 24 * MEGABYTE, 0);

    /**
     * What a server keeps free for them unless it is told otherwise.
     *
     * @param heap most bytes of it
     * @param connections most that are open at a time
     */
    public static RequestMemory ofServer(long heap, int connections) {
        return new RequestMemory(
                bodiesIn(heap), answersIn(heap), formatsIn(heap), ofConnections(connections));
    }

    // Little shares of a large heap, and of a small one as much as it takes to be of use.

    /** For bodies, in a heap of so many bytes. */
    public static long bodiesIn(long heap) {
        return Math.max(24 * MEGABYTE, heap / 32);
    }

    /** For answers. */
    public static long answersIn(long heap) {
        return Math.max(48 * MEGABYTE, heap / 16);
    }

    /** For response formats. */
    public static long formatsIn(long heap) {
        return Math.clamp(heap / 16, 48 * MEGABYTE, ConstraintMemory.FULL.all());
    }

    /** For so many connections. */
    public static long ofConnections(int count) {
        return count * CONNECTION_BYTES;
    }

    long all() {
        return bodies + answers + formats + connections;
    }
}
