package dev.kaya.engine.tensor.kernel;

/**
 * The engine's own elementary functions, in single precision.
 *
 * <p>They are made of additions, multiplications, divisions and fused multiply-adds only, so that
 * they have the same bits on every machine and in {@link VectorKernels}, whose lanes follow the
 * same steps. Constants: Cephes {@code expf} (S. Moshier) for the exponential; Abramowitz and
 * Stegun, Handbook of Mathematical Functions, 7.1.26 for the error function (absolute error below
 * 1.5e-7).
 */
public final class ScalarMath {

    /** Below this the exponential is 0: its result would be subnormal. */
    static final float EXP_LOWEST = -87.33654f;

    /** Above this the exponential no longer grows; its value there is 2.4e38. */
    static final float EXP_HIGHEST = 88.37626f;

    static final float LOG2_E = 1.442695f;
    static final float LN2_HIGH = 0.6933594f;
    static final float LN2_LOW = -2.12194440e-4f;
    // Adding and subtracting 1.5·2^23 rounds a small number to the nearest integer.
    static final float ROUNDING = 12_582_912f;
    static final float EXP_5 = 0.00019875691f;
    static final float EXP_4 = 0.0013981999f;
    static final float EXP_3 = 0.008333452f;
    static final float EXP_2 = 0.041665796f;
    static final float EXP_1 = 0.16666666f;
    static final float EXP_0 = 0.5f;

    static final float ERF_P = 0.3275911f;
    static final float ERF_1 = 0.2548296f;
    static final float ERF_2 = -0.28449672f;
    static final float ERF_3 = 1.4214138f;
    static final float ERF_4 = -1.4531521f;
    static final float ERF_5 = 1.0614054f;

    static final float SQRT_HALF = 0.70710677f;
    // 2·√(2/π) and that times 0.044715: GELU's tanh is written as a sigmoid of twice its argument.
    static final float GELU_LINEAR = 1.595769f;
    static final float GELU_CUBIC = 0.071354814f;

    private ScalarMath() {}

    /** {@code e^x}, within two units in the last place between the limits; NaN stays NaN. */
    public static float exp(float x) {
        if (x < EXP_LOWEST) {
            return 0f;
        }
        float clamped = Math.min(x, EXP_HIGHEST);
        float rounded = clamped * LOG2_E + ROUNDING;
        float n = rounded - ROUNDING;
        float r = Math.fma(n, -LN2_HIGH, clamped);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(EXP_5, r, EXP_4);
        p = Math.fma(p, r, EXP_3);
        p = Math.fma(p, r, EXP_2);
        p = Math.fma(p, r, EXP_1);
        p = Math.fma(p, r, EXP_0);
        float y = Math.fma(p, r * r, r) + 1f;
        int exponent = Float.floatToRawIntBits(rounded) << 23; // the low bits of rounded are n
        return y * Float.intBitsToFloat(exponent + 0x3F800000);
    }

    /** The error function. */
    public static float erf(float x) {
        float a = Math.abs(x);
        float t = 1f / Math.fma(ERF_P, a, 1f);
        float p = Math.fma(ERF_5, t, ERF_4);
        p = Math.fma(p, t, ERF_3);
        p = Math.fma(p, t, ERF_2);
        p = Math.fma(p, t, ERF_1);
        float y = 1f - p * t * exp(-(a * a));
        return x < 0 ? -y : y;
    }

    /** The logistic function {@code 1 / (1 + e^−x)}. */
    public static float sigmoid(float x) {
        return 1f / (1f + exp(-x));
    }

    /** One value of an activation. */
    public static float activate(Activation activation, float x) {
        return switch (activation) {
            case RELU -> Math.max(x, 0f);
            case RELU_SQUARED -> {
                float positive = Math.max(x, 0f);
                yield positive * positive;
            }
            case GELU_ERF -> 0.5f * x * (1f + erf(x * SQRT_HALF));
            case GELU_TANH -> x / (1f + exp(-(x * Math.fma(GELU_CUBIC, x * x, GELU_LINEAR))));
            case SILU -> x / (1f + exp(-x));
        };
    }

    /** Folds sixteen partial sums in the canonical order 8, 4, 2, 1. */
    static float fold(float[] lanes) {
        for (int half = Kernels.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }

    /** The highest of {@code x[from … end)}; no number if one of them is none. */
    public static float highest(float[] x, int from, int end) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int i = from; i < end; i++) {
            highest = Math.max(highest, x[i]);
        }
        return highest;
    }
}
