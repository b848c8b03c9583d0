package dev.kaya.engine.model;

/**
 * Cosines and sines of rotary position embeddings (Su et al. 2021, section 3.2.2), computed once in
 * double precision by {@code StrictMath}, so that they have the same bits everywhere.
 *
 * <p>Rows of D/2 elements, one for each position.
 */
final class RotaryTable {

    private final int half;
    private final float[] cosines;
    private final float[] sines;

    RotaryTable(int context, int headLength, double theta) {
        half = headLength / 2;
        cosines = new float[context * half];
        sines = new float[context * half];
        for (int i = 0; i < half; i++) {
            double frequency = StrictMath.pow(theta, -2.0 * i / headLength);
            for (int position = 0; position < context; position++) {
                double angle = position * frequency;
                cosines[position * half + i] = (float) StrictMath.cos(angle);
                sines[position * half + i] = (float) StrictMath.sin(angle);
            }
        }
    }

    /**
     * Rotates {@code heads} vectors of D elements side by side, in place: element i with i + D/2.
     */
    void rotate(float[] x, int offset, int heads, int position) {
        int table = position * half;
        for (int head = 0; head < heads; head++) {
            int low = offset + head * 2 * half;
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
