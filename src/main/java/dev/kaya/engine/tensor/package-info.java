/**
 * Kernels, storage types and worker threads: the arithmetic everything above is made of.
 *
 * <p>The only room that may import {@code jdk.incubator.vector}; it uses no other room of Kaya.
 * Every kernel exists by vectors and as a scalar twin, and both give the same bits, so that a seed
 * means the same text on every machine.
 */
@NullMarked
package dev.kaya.engine.tensor;

import org.jspecify.annotations.NullMarked;
