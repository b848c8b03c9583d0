package dev.kaya.registry;

import dev.kaya.scheduler.LoopObserver;

/** Hears what becomes of one model and of its requests; called from many threads, so be quick. */
public interface ModelObserver extends LoopObserver {

    /** Nobody listens. */
    ModelObserver NONE = new ModelObserver() {};

    /** The model is served from now on. */
    default void onServing(ServedModel model) {}
}
