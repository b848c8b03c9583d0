/**
 * The arithmetic, by vectors and by plain loops.
 *
 * <p>{@code KernelProvider} chooses one of two {@code Kernels} once; {@code PanelKernels} is what
 * both share. May use {@code engine.tensor.matrix}. Every kernel exists twice, and both give the
 * same bits, so that a seed means the same text on every machine.
 */
@NullMarked
package dev.kaya.engine.tensor.kernel;

import org.jspecify.annotations.NullMarked;
