package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.kernel.ScalarMath;

/** Scores to unnormalised probabilities, and their sum in the order of token ids, in double. */
final class Softmax {

    private Softmax() {}

    /**
     * Fills the weights of all candidates with {@code exp(score − highest)}.
     *
     * @return their sum
     */
    static double weigh(Candidates candidates) {
        int size = candidates.size();
        float[] exponentials = candidates.selection();
        System.arraycopy(candidates.scores(), 0, exponentials, 0, size);
        candidates.kernels().exponentiate(exponentials, 0, size, 1f);
        double[] weights = candidates.weights();
        double sum = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = exponentials[i];
            sum += weights[i];
        }
        return sum;
    }

    /** The highest score. */
    static float highest(Candidates candidates) {
        return ScalarMath.highest(candidates.scores(), 0, candidates.size());
    }
}
