package dev.kaya.engine.model;

/**
 * A model ready to compute: what to do, and with which weights.
 *
 * @param config the arithmetic
 * @param weights immutable, shared
 */
public record TransformerModel(TransformerConfig config, TransformerWeights weights) {}
