package dev.kaya.service;

import dev.kaya.scheduler.LoopObserver;

/** Hears what the service and its loop do; called from many threads, so it must be quick. */
public interface ServiceObserver extends LoopObserver {

    /** Nobody listens. */
    ServiceObserver NONE = new ServiceObserver() {};

    /** A request was refused; {@code reason} is the code of its problem. */
    default void onRejected(String reason) {}

    /** The model is served from now on. */
    default void onServing(ServedModel served) {}
}
