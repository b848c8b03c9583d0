package dev.kaya.registry;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The right to use a model: as long as one is open, the model stays. Thread-safe.
 *
 * <p>Taken by {@link ModelRegistry#lease} and closed when the answer has been sent.
 */
public final class ModelLease implements AutoCloseable {

    private final ServedModel model;
    private final Runnable release;
    private final AtomicBoolean released = new AtomicBoolean();

    ModelLease(ServedModel model, Runnable release) {
        this.model = model;
        this.release = release;
    }

    /** The model. */
    public ServedModel model() {
        return model;
    }

    /** Gives it back; harmless when done twice. */
    @Override
    public void close() {
        if (released.compareAndSet(false, true)) {
            release.run();
        }
    }
}
