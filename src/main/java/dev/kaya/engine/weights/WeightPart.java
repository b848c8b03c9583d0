package dev.kaya.engine.weights;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.RowOrder;

/**
 * A matrix to pack, of two dimensions.
 *
 * @param tensor (outputs, inputs), or (inputs, outputs) where matrices are transposed
 * @param order of its outputs; {@link RowOrder#AS_STORED} where matrices are transposed
 */
record WeightPart(TensorSource tensor, RowOrder order) {

    int length(int dimension) {
        return tensor.shape().get(dimension).intValue();
    }
}
