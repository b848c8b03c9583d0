package dev.kaya.benchmark;

import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.tensor.matrix.PackedMatrix;

/**
 * What a step of a model reads and computes.
 *
 * @param blockBytes of the matrices of all blocks, read by every step
 * @param headBytes of the head, read by a step that wants logits
 * @param rowMultiplyAdds of every token: all blocks but the last, and its keys and values
 * @param outputMultiplyAdds of a token whose logits are wanted: the rest of the last block, and
 *     them
 * @param positionMultiplyAdds of attention in a block, for each position that a token sees
 * @param blocks how many
 */
record StepCost(
        long blockBytes,
        long headBytes,
        double rowMultiplyAdds,
        double outputMultiplyAdds,
        double positionMultiplyAdds,
        int blocks) {

    /** Counts the matrices of a model. */
    static StepCost of(TransformerModel model) {
        long bytes = 0;
        double row = 0;
        double rest = 0; // of a block, once it has a token's keys and values
        for (Block block : model.weights().blocks()) {
            PackedMatrix first = block.queryKeyValue().matrix();
            bytes += first.bytes();
            row += rest + multiplyAdds(first);
            rest = 0;
            for (Linear linear : new Linear[] {block.attentionOutput(), block.up(), block.down()}) {
                bytes += linear.matrix().bytes();
                rest += multiplyAdds(linear.matrix());
            }
        }
        PackedMatrix head = model.weights().head().matrix();
        var config = model.config();
        return new StepCost(
                bytes,
                head.bytes(),
                row,
                rest + multiplyAdds(head),
                2.0 * config.attention().queryLength(),
                config.dimensions().layers());
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
     * @param outputPositions of them seen by the tokens whose logits are wanted
     */
    double flops(int rows, int outputs, long positions, long outputPositions) {
        return 2
                * (rows * rowMultiplyAdds
                        + outputs * outputMultiplyAdds
                        + positions * (blocks - 1) * positionMultiplyAdds
                        + outputPositions * positionMultiplyAdds);
    }
}
