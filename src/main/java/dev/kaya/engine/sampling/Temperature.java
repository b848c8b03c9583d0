package dev.kaya.engine.sampling;

/**
 * Divides scores by the temperature (Ackley, Hinton and Sejnowski 1985), as Hugging Face's {@code
 * TemperatureLogitsWarper}.
 */
final class Temperature {

    private Temperature() {}

    static void apply(Candidates candidates, float temperature) {
        float[] scores = candidates.scores();
        for (int i = 0; i < candidates.size(); i++) {
            scores[i] /= temperature;
        }
    }
}
