package dev.kaya.scheduler;

/** The loop takes no more requests: it is stopping, or has died. */
public final class LoopStoppedException extends Exception {

    private static final long serialVersionUID = 1L;

    public LoopStoppedException() {
        super("the server is shutting down");
    }
}
