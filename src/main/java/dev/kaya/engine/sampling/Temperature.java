package dev.kaya.engine.sampling;

/**
 * Divides scores by the temperature (Ackley, Hinton and Sejnowski 1985), as Hugging Face's {@code
 * TemperatureLogitsWarper}.
 */
final class Temperature {

    private Temperature() {}

    static void apply(Candidates candidates, float temperature) {
        float[] scores = candidates.scores();
        int size = candidates.size();
        float highest = highest(scores, size);
        // A softmax does not see a shift; without one the likeliest would be lost in infinity.
        float shift = Float.isInfinite(highest / temperature) ? highest : 0f;
        for (int i = 0; i < size; i++) {
            scores[i] = (scores[i] - shift) / temperature;
        }
    }

    private static float highest(float[] scores, int size) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            if (scores[i] > highest) {
                highest = scores[i];
            }
        }
        return highest;
    }
}
