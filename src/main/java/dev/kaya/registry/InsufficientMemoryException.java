package dev.kaya.registry;

import java.io.IOException;

/** A model that the heap does not hold; the message names every part and what to do. */
public final class InsufficientMemoryException extends IOException {

    private static final long serialVersionUID = 1L;

    public InsufficientMemoryException(String message) {
        super(message);
    }
}
