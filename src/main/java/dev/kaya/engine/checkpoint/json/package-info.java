/**
 * Weights and settings in JSON.
 *
 * <p>{@code JsonSource} is a strict stream of tokens with line and column, bounded by {@code
 * JsonBounds}; {@code JsonTree} makes trees of it, {@code JsonFile} reads a file whole, {@code
 * JsonCheckpointReader} finds weights in it. Tokenizers read their files by the first three. May
 * use {@code engine.checkpoint}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.json;

import org.jspecify.annotations.NullMarked;
