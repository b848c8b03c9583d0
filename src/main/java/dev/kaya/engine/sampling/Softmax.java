package dev.kaya.engine.sampling;

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
        float[] scores = candidates.scores();
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < candidates.size(); i++) {
            highest = Math.max(highest, scores[i]);
        }
        return highest;
    }
}
