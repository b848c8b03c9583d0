package dev.kaya.engine.tensor.roofline;

/**
 * What {@link Roofline} times, in two editions: by vectors, and in plain loops for a JVM without
 * the Vector API. Results go to scratch memory of the calling thread, so that the compiler cannot
 * leave the work out.
 */
interface RooflineKernels {

    /** Elements of scratch memory for each thread; several cache lines, so that none is shared. */
    int SCRATCH = 512;

    /** Both factors of every product; what sums up stays a plain number for ever. */
    float FACTOR = 0.01f;

    /**
     * Reads memory and does next to nothing with it.
     *
     * @param memory what to read
     * @param from first element
     * @param count how many, a multiple of 256
     * @param scratch receives a sum
     * @param offset where this thread's scratch begins
     */
    void read(int[] memory, int from, int count, float[] scratch, int offset);

    /**
     * Fused multiply-adds whose operands stay in registers.
     *
     * @param rounds how many times {@link #flopsPerRound()} operations
     * @param scratch begins and ends the chains
     * @param offset where this thread's scratch begins
     */
    void multiplyAdd(int rounds, float[] scratch, int offset);

    /** Operations of a round, two for each multiply-add. */
    int flopsPerRound();
}
