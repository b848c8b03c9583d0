/**
 * How fast this machine reads memory and multiplies, for {@code bench}.
 *
 * <p>{@code Roofline} measures what kernels could reach at best. May use {@code engine.tensor}.
 */
@NullMarked
package dev.kaya.engine.tensor.roofline;

import org.jspecify.annotations.NullMarked;
