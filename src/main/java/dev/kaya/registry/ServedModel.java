package dev.kaya.registry;

import dev.kaya.backend.Backend;
import dev.kaya.backend.ModelCard;
import java.time.Instant;

/**
 * A model that requests can be sent to.
 *
 * @param backend what decodes it
 * @param since when it was ready
 */
public record ServedModel(Backend backend, Instant since) {

    /** What the model is. */
    public ModelCard card() {
        return backend.card();
    }

    /** By which clients ask for it. */
    public String name() {
        return card().name();
    }
}
