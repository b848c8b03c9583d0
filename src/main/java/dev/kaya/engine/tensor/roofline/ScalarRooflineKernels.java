package dev.kaya.engine.tensor.roofline;

/**
 * {@link RooflineKernels} in plain loops, shaped so that the just-in-time compiler turns them into
 * vectors where it can, as it does with {@code ScalarKernels}.
 */
final class ScalarRooflineKernels implements RooflineKernels {

    private static final int CHAINS = 256;
    private static final int LINKS = 8;

    @Override
    public void read(int[] memory, int from, int count, float[] scratch, int offset) {
        int sum = 0;
        int end = from + count;
        for (int i = from; i < end; i++) {
            sum |= memory[i];
        }
        scratch[offset] = sum;
    }

    @Override
    public void multiplyAdd(int rounds, float[] scratch, int offset) {
        for (int round = 0; round < rounds; round++) {
            for (int i = offset; i < offset + CHAINS; i++) {
                float x = scratch[i];
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                x = Math.fma(FACTOR, FACTOR, x);
                scratch[i] = x;
            }
        }
    }

    @Override
    public int flopsPerRound() {
        return 2 * CHAINS * LINKS;
    }
}
