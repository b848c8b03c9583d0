package dev.kaya.engine.model;

/** Placeholder of the next commit. */
public final class Transformer {
    private Transformer() {}
}
