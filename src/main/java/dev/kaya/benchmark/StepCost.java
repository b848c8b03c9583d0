package dev.kaya.benchmark;

import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.tensor.PackedMatrix;

/**
 * What a step of a model reads and computes.
 *
 * @param blockBytes of the matrices of all blocks, read by every step
 * @param headBytes of the head, read by a step that wants logits
 * @param rowMultiplyAdds of a token in all blocks
 * @param outputMultiplyAdds of a token's logits
 * @param positionMultiplyAdds of attention, for each position that a token sees
 */
record StepCost(
        long blockBytes,
        long headBytes,
        double rowMultiplyAdds,
        double outputMultiplyAdds,
        double positionMultiplyAdds) {

    /** Counts the matrices of a model. */
    static StepCost of(TransformerModel model) {
        long bytes = 0;
        double row = 0;
        for (Block block : model.weights().blocks()) {
            for (Linear linear :
                    new Linear[] {
                        block.queryKeyValue(), block.attentionOutput(), block.up(), block.down()
                    }) {
                bytes += linear.matrix().bytes();
                row += multiplyAdds(linear.matrix());
            }
        }
        PackedMatrix head = model.weights().head().matrix();
        var config = model.config();
        double position = 2.0 * config.dimensions().layers() * config.attention().queryLength();
        return new StepCost(bytes, head.bytes(), row, multiplyAdds(head), position);
    }

    private static double multiplyAdds(PackedMatrix matrix) {
        return (double) matrix.outputs() * matrix.inputs();
    }

    /**
     * Bytes of weights that a step reads.
     *
     * @param outputs rows whose logits are wanted
     */
    long bytes(int outputs) {
        return blockBytes + (outputs == 0 ? 0 : headBytes);
    }

    /**
     * Operations of a step, two for each multiply-add.
     *
     * @param rows tokens
     * @param outputs rows whose logits are wanted
     * @param positions that the tokens see, summed
     */
    double flops(int rows, int outputs, long positions) {
        return 2
                * (rows * rowMultiplyAdds
                        + outputs * outputMultiplyAdds
                        + positions * positionMultiplyAdds);
    }
}
