package dev.kaya.api;

import java.time.Duration;

/**
 * Asks now and then whether a client is still there: often enough, and no oftener. One thread's.
 */
final class ClientWatch {

    /** How long nobody may ask. */
    static final Duration INTERVAL = Duration.ofMillis(200);

    private final ClientConnection client;
    private long nextNanos = System.nanoTime() + INTERVAL.toNanos();

    ClientWatch(ClientConnection client) {
        this.client = client;
    }

    /** Whether the client has left, by the last look or one that is due. */
    boolean isGone() {
        long now = System.nanoTime();
        if (now - nextNanos < 0) {
            return false;
        }
        nextNanos = now + INTERVAL.toNanos();
        return client.isGone();
    }
}
