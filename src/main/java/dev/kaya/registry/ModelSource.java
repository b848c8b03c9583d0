package dev.kaya.registry;

import dev.kaya.backend.Backend;
import dev.kaya.scheduler.LoopObserver;
import java.io.IOException;

/** Makes the backend of a model. */
@FunctionalInterface
public interface ModelSource {

    /**
     * Loads the model and starts what decodes it.
     *
     * @param observer who hears what it does for requests
     * @throws IOException when the model cannot be served; the message says why and what to do
     */
    Backend load(LoopObserver observer) throws IOException;
}
