package dev.kaya.registry;

/** A model cannot be used now. */
public final class ModelUnavailableException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** It is not there yet. */
        LOADING,
        /** It is no longer there, as the server stops. */
        STOPPING,
        /** There is no model of that name. */
        UNKNOWN
    }

    private final Reason reason;

    ModelUnavailableException(Reason reason) {
        super("the model is unavailable: " + reason);
        this.reason = reason;
    }

    /** Why it cannot be used. */
    public Reason reason() {
        return reason;
    }
}
