package dev.kaya.service;

/** Hears what the service refuses; called from many threads, so it must be quick. */
@FunctionalInterface
public interface ServiceObserver {

    /** Nobody listens. */
    ServiceObserver NONE = (model, reason) -> {};

    /**
     * A request was refused.
     *
     * @param model that it was for
     * @param reason the code of its problem
     */
    void onRejected(String model, String reason);
}
