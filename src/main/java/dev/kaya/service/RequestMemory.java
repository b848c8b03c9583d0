package dev.kaya.service;

/**
 * What requests may hold of the heap at a time, all of them together.
 *
 * @param bodies bytes of their bodies, as sent and as understood
 * @param answers bytes of their tokens and texts until they are sent
 * @param formats bytes of compiled response formats and of the one being compiled
 */
public record RequestMemory(long bodies, long answers, long formats) {

    private static final long MEGABYTE = 1 << 20;

    /** What a server keeps free for them. */
    public static final RequestMemory OF_A_SERVER =
            new RequestMemory(24 * MEGABYTE, 48 * MEGABYTE, 24 * MEGABYTE);

    /** What one request at a time needs. */
    public static final RequestMemory OF_ONE =
            new RequestMemory(4 * MEGABYTE, 4 * MEGABYTE, 24 * MEGABYTE);

    long all() {
        return bodies + answers + formats;
    }
}
