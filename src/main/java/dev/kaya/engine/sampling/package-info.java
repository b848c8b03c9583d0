/**
 * Logits to a token id.
 *
 * <p>Depends on nothing but arrays, {@code engine.tensor} and {@code engine.constraint}: a draw is
 * a function of the logits, the parameters, the tokens so far, and (seed, sample, position), so
 * that it can be repeated anywhere.
 */
@NullMarked
package dev.kaya.engine.sampling;

import org.jspecify.annotations.NullMarked;
