/**
 * Named tensors to packed matrices.
 *
 * <p>{@code WeightLoader} knows which tensors a transformer needs and in which shape; {@code
 * TensorReader} and {@code PieceReader} read them in pieces, on all processors, into {@code
 * PackedMatrix}. May use {@code engine.dialect}, {@code engine.model} and what stands below. Pieces
 * are small, because a checkpoint and its packed form need not fit the memory together.
 */
@NullMarked
package dev.kaya.engine.weights;

import org.jspecify.annotations.NullMarked;
