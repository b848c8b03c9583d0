package dev.kaya.engine.tensor;

/** Exercise for kernels, on data of its own. */
final class KernelWarmUp {

    private static final int SIZE = 256;
    private static final int ROWS = 5; // one tile of four rows and one row by itself
    private static final int ROUNDS = 400;
    private static final float[] NO_BIAS = {};

    private final Kernels kernels;
    private final Rows x = Rows.allocate(ROWS, SIZE);
    private final Rows y = Rows.allocate(ROWS, SIZE);
    private final PackedMatrix floats = new PackedMatrix(SIZE, SIZE, DataType.F32);
    private final PackedMatrix halves = new PackedMatrix(SIZE - 60, SIZE, DataType.BF16);

    KernelWarmUp(Kernels kernels) {
        this.kernels = kernels;
    }

    void run() {
        float[] scores = new float[SIZE];
        for (int round = 0; round < ROUNDS; round++) {
            kernels.multiply(floats, NO_BIAS, x, y, 1 + round % ROWS, 0, floats.panels());
            kernels.multiply(halves, NO_BIAS, x, y, 1 + round % ROWS, 0, halves.panels());
            for (int head = 0; head < ROWS; head++) {
                kernels.scores(x.data(), 0, 0, 1, x.data(), 0, 32, 0.5f, scores, 0, 0);
                kernels.exponentiate(scores, 0, SIZE);
                kernels.mix(scores, 0, 0, 1, Kernels.PAGE, x.data(), 0, 32, y.data(), 0, 0);
                kernels.sum(x.data(), 0, SIZE);
                kernels.sumOfSquares(x.data(), 0, SIZE, 0f);
            }
            for (Activation activation : Activation.values()) {
                kernels.activate(activation, y.data(), 0, SIZE);
            }
        }
    }
}
