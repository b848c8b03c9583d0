package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.PackedMatrix;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Exercise for kernels, on data of its own. */
final class KernelWarmUp {

    private static final int SIZE = 256;
    private static final int ROWS = 8; // tiles of every height
    private static final int HEADS = 5;
    private static final int HEAD = 64;
    private static final int ROUNDS = 400;
    private static final float[] NO_BIAS = {};

    private final Kernels kernels;
    private final Rows x = Rows.allocate(ROWS, SIZE);
    private final Rows y = Rows.allocate(ROWS, SIZE);
    private final List<PackedMatrix> matrices = new ArrayList<>();
    private final float[] page = new float[HEAD * Kernels.PAGE];

    KernelWarmUp(Kernels kernels, Set<DataType> types) {
        this.kernels = kernels;
        Set<DataType> all = EnumSet.of(DataType.F32); // attention is always in single precision
        all.addAll(types);
        for (DataType type : all) {
            matrices.add(new PackedMatrix(SIZE, SIZE, type));
        }
    }

    void run() {
        float[] scores = new float[SIZE];
        for (int round = 0; round < ROUNDS; round++) {
            for (PackedMatrix matrix : matrices) {
                kernels.multiply(matrix, NO_BIAS, x, y, 1 + round % ROWS, 0, matrix.panels());
            }
            for (int head = 0; head < HEADS; head++) {
                kernels.scores(x.data(), 0, 0, 1, page, 0, HEAD, scores, 0, 0);
                kernels.exponentiate(scores, 0, SIZE, 0.5f);
                kernels.divide(scores, 0, 2f, scores, 0, SIZE);
                kernels.mix(scores, 0, 0, 1, Kernels.PAGE, page, 0, HEAD, y.data(), 0, 0);
                kernels.sum(x.data(), 0, SIZE);
                kernels.highest(x.data(), 0, SIZE, SIZE / 2, scores);
                kernels.sumOfSquares(x.data(), 0, SIZE, 0f);
            }
            for (Activation activation : Activation.values()) {
                kernels.activate(activation, y.data(), 0, SIZE);
            }
        }
    }
}
