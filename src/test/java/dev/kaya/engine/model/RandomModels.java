package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.Normalization;
import dev.kaya.engine.model.TransformerConfig.Positions;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.HeadNorms;
import dev.kaya.engine.model.TransformerWeights.Linear;
import dev.kaya.engine.model.TransformerWeights.Norm;
import dev.kaya.engine.model.TransformerWeights.PositionWeights;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Models of real shapes with random weights, for measuring. */
public final class RandomModels {

    /** GPT-2's smallest, 124 million parameters. */
    public static final Dimensions GPT2_SMALL = new Dimensions(50_257, 1024, 768, 12);

    /** A GPT-2 of half the width and depth, 30 million parameters, for what would take too long. */
    public static final Dimensions GPT2_MINI = new Dimensions(50_257, 1024, 384, 6);

    private RandomModels() {}

    /** A GPT-2 of the given size in single precision, heads of 64, with a tied head. */
    public static TransformerModel gpt2(Dimensions size) {
        var random = new SplittableRandom(5);
        int embedding = size.embedding();
        PackedMatrix tokens = matrix(random, size.vocabulary(), embedding);
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < size.layers(); layer++) {
            blocks.add(
                    new Block(
                            norm(embedding),
                            linear(random, 3 * embedding, embedding),
                            HeadNorms.NONE,
                            linear(random, embedding, embedding),
                            norm(embedding),
                            linear(random, 4 * embedding, embedding),
                            linear(random, embedding, 4 * embedding)));
        }
        var positions =
                new PositionWeights(floats(random, size.context() * embedding), new float[0]);
        return new TransformerModel(
                gpt2Config(size),
                new TransformerWeights(
                        tokens,
                        positions,
                        blocks,
                        norm(embedding),
                        new Linear(tokens, new float[0])));
    }

    /** The arithmetic of a GPT-2 of the given size. */
    public static TransformerConfig gpt2Config(Dimensions size) {
        int embedding = size.embedding();
        return new TransformerConfig(
                size,
                new AttentionShape(embedding / 64, embedding / 64, 64),
                SlidingWindow.NONE,
                Positions.LEARNED,
                new Normalization(NormKind.LAYER_NORM, 1e-5f, false, true, false),
                new FeedForward(4 * embedding, Activation.GELU_TANH, false));
    }

    private static Linear linear(SplittableRandom random, int outputs, int inputs) {
        return new Linear(
                matrix(random, outputs, inputs), floats(random, PackedMatrix.padded(outputs)));
    }

    private static PackedMatrix matrix(SplittableRandom random, int outputs, int inputs) {
        var matrix = new PackedMatrix(outputs, inputs, DataType.F32);
        for (int row = 0; row < outputs; row++) {
            matrix.encodeRow(row, floats(random, inputs), 0);
        }
        return matrix;
    }

    private static Norm norm(int length) {
        float[] gain = new float[length];
        Arrays.fill(gain, 1f);
        return new Norm(gain, new float[length]);
    }

    private static float[] floats(SplittableRandom random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextDouble() - 0.5) * 0.07f;
        }
        return values;
    }
}
