package dev.kaya.api.web;

import dev.kaya.api.web.ClientConnection.Sight;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Asks now and then whether a client is still there: often enough, and no oftener. One thread's.
 *
 * <p>A client that has nothing more to send is written to, at once and then at intervals that
 * double: one that has closed its connection is found out by the second time, and one that reads on
 * is not burdened.
 */
public final class ClientWatch {

    /** Writes something that a client which still reads passes over. */
    @FunctionalInterface
    public interface Probe {
        /** Fails when the client has left. */
        void write() throws IOException;
    }

    /** How long nobody may ask. */
    public static final Duration INTERVAL = Duration.ofMillis(200);

    private final Supplier<Sight> client;
    private final Probe probe;
    private final LongSupplier clock;
    private long nextNanos;
    private long probeIntervalNanos = INTERVAL.toNanos();
    private boolean gone;

    /** Watches a client whose answer has not begun. */
    public ClientWatch(ClientConnection client) {
        this(client, client::probe);
    }

    /** Watches a client to whom an answer is under way. */
    public ClientWatch(ClientConnection client, Probe probe) {
        this(client::look, probe, System::nanoTime);
    }

    public ClientWatch(Supplier<Sight> client, Probe probe, LongSupplier clock) {
        this.client = client;
        this.probe = probe;
        this.clock = clock;
        nextNanos = clock.getAsLong() + INTERVAL.toNanos();
    }

    /** Whether the client has left, by the last look or one that is due. */
    public boolean isGone() {
        long now = clock.getAsLong();
        if (gone || now - nextNanos < 0) {
            return gone;
        }
        switch (client.get()) {
            case OPEN -> nextNanos = now + INTERVAL.toNanos();
            case ENDED -> {
                gone = !takesProbe();
                nextNanos = now + probeIntervalNanos;
                probeIntervalNanos *= 2;
            }
            case GONE -> gone = true;
        }
        return gone;
    }

    private boolean takesProbe() {
        try {
            probe.write();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
