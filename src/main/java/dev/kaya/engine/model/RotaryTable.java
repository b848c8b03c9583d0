package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.Positions;

/**
 * Cosines and sines of rotary position embeddings (Su et al. 2021, section 3.2.2), computed once in
 * double precision by {@code StrictMath}, so that they have the same bits everywhere.
 *
 * <p>Rows of R/2 elements, one for each position.
 */
final class RotaryTable {

    private final int half;
    private final int headLength;
    private final float[] cosines;
    private final float[] sines;

    /**
     * @param context positions
     * @param headLength D
     * @param rotary what is rotated, and how fast
     * @param divisors by which the R/2 frequencies are divided, or empty
     */
    RotaryTable(int context, int headLength, Positions rotary, float[] divisors) {
        this.headLength = headLength;
        half = rotary.rotaryLength() / 2;
        cosines = new float[Math.multiplyExact(context, half)];
        sines = new float[cosines.length];
        for (int pair = 0; pair < half; pair++) {
            double frequency = rotary.frequency(pair);
            if (divisors.length != 0) {
                frequency /= divisors[pair];
            }
            fill(context, pair, frequency, rotary.scaling().magnitude());
        }
    }

    private void fill(int context, int pair, double frequency, double magnitude) {
        for (int position = 0; position < context; position++) {
            double angle = position * frequency;
            cosines[position * half + pair] = (float) (magnitude * StrictMath.cos(angle));
            sines[position * half + pair] = (float) (magnitude * StrictMath.sin(angle));
        }
    }

    /**
     * Rotates {@code heads} vectors of D elements side by side, in place: element i with i + R/2.
     */
    void rotate(float[] x, int offset, int heads, int position) {
        int table = position * half;
        for (int head = 0; head < heads; head++) {
            int low = offset + head * headLength;
            int high = low + half;
            for (int i = 0; i < half; i++) {
                float cosine = cosines[table + i];
                float sine = sines[table + i];
                float a = x[low + i];
                float b = x[high + i];
                x[low + i] = a * cosine - b * sine;
                x[high + i] = b * cosine + a * sine;
            }
        }
    }
}
