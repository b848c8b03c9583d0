/**
 * Weights and settings in JSON.
 *
 * <p>{@code JsonSource} is a strict, bounded stream of tokens with line and column; {@code
 * JsonTree} makes trees of it, {@code JsonFile} reads a file whole, {@code JsonCheckpointReader}
 * finds weights in it. May use {@code engine.checkpoint}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.json;

import org.jspecify.annotations.NullMarked;
