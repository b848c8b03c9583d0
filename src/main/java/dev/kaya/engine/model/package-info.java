/**
 * Transformer arithmetic and the KV cache.
 *
 * <p>{@link dev.kaya.engine.model.Transformer} is the page to read: embedding, blocks, head, with
 * the shape behind every line. Weights are immutable and shared; activations and KV pages belong to
 * the one thread that runs steps. May use {@code engine.tensor}.
 */
@NullMarked
package dev.kaya.engine.model;

import org.jspecify.annotations.NullMarked;
