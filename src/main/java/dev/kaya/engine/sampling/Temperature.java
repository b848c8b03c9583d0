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
        float highest = Softmax.highest(candidates);
        // A softmax does not see a shift; without one the likeliest would be lost in infinity.
        float shift = Float.isInfinite(highest / temperature) ? highest : 0f;
        for (int i = 0; i < size; i++) {
            scores[i] = (scores[i] - shift) / temperature;
        }
    }
}
