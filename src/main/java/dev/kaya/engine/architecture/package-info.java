/**
 * Settings and tensors to the configuration of a transformer.
 *
 * <p>{@code ConfigResolver} takes sizes from the shapes of tensors and everything else from
 * settings and dialect; {@code RotaryResolver} and {@code WindowResolver} do so for positions and
 * attention windows. May use {@code engine.dialect} and what stands below. What the weights show
 * and what a file declares must agree, since a silent choice between them would be wrong half the
 * time.
 */
@NullMarked
package dev.kaya.engine.architecture;

import org.jspecify.annotations.NullMarked;
