package dev.kaya.config;

import dev.kaya.registry.ModelObserver;

/** Who hears of each model. */
@FunctionalInterface
public interface ModelObservers {

    /**
     * The observer of a model.
     *
     * @param name of the model
     */
    ModelObserver of(String name);
}
