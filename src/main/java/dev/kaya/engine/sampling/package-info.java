/**
 * Logits to a token id.
 *
 * <p>Depends on nothing but arrays and {@code engine.tensor}: a draw is a function of the logits,
 * the parameters, and (seed, sample, position), so that it can be repeated anywhere.
 */
@NullMarked
package dev.kaya.engine.sampling;

import org.jspecify.annotations.NullMarked;
