package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.ScalarMath;

/** Scores to unnormalised probabilities, and their sum in the order of token ids, in double. */
final class Softmax {

    private Softmax() {}

    /**
     * Fills the weights of all candidates with {@code exp(score − highest)}.
     *
     * @return their sum
     */
    static double weigh(Candidates candidates) {
        float[] scores = candidates.scores();
        double[] weights = candidates.weights();
        float highest = highest(candidates);
        double sum = 0;
        for (int i = 0; i < candidates.size(); i++) {
            weights[i] = ScalarMath.exp(scores[i] - highest);
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
