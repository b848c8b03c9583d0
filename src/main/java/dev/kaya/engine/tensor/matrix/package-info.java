/**
 * Storage types and packed matrices.
 *
 * <p>A {@code PackedMatrix} holds panels of output lanes in the type of the checkpoint; {@code
 * RowPacker} fills it, {@code RowEncoder} writes rows in a type. Uses no other package.
 */
@NullMarked
package dev.kaya.engine.tensor.matrix;

import org.jspecify.annotations.NullMarked;
