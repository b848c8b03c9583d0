package dev.kaya.engine.tensor.roofline;

import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelPreference;
import dev.kaya.engine.tensor.kernel.KernelProvider;

/**
 * The two limits of a machine that products meet (Williams, Waterman, Patterson 2009, "Roofline"),
 * measured on as many threads as will compute.
 *
 * @param bytesPerSecond reading memory, from an array far larger than the caches
 * @param flopsPerSecond single-precision fused multiply-adds in registers, each counted as two
 *     operations
 * @param threads how many took part
 * @param arrayBytes how much was read at a time
 */
public record Roofline(double bytesPerSecond, double flopsPerSecond, int threads, long arrayBytes) {

    private static final long MOST_BYTES = 256L << 20;
    private static final long FEWEST_BYTES = 16L << 20;
    private static final int PART_ELEMENTS = 1 << 18; // 1 MiB
    private static final int PART_ROUNDS = 2_000; // some tens of microseconds
    private static final int PARTS_PER_THREAD = 64;
    private static final int WARM_CALLS = 20_000;
    private static final int WARM_ELEMENTS = 256;
    private static final int WARM_ROUNDS = 2;
    private static final long MEASURED_NANOS = 400_000_000;
    private static final int FEWEST_PASSES = 3;

    /**
     * Measures both limits in about a second and a half; the best pass counts. The array takes a
     * quarter of the free heap, between 16 and 256 MiB, and is garbage afterwards: in a small heap
     * it may fit the caches, which then is what was measured.
     *
     * @param workers who reads and computes, their caller included
     */
    public static Roofline measure(WorkerPool workers) {
        RooflineKernels kernels =
                KernelProvider.choose(KernelPreference.AUTO).vectors()
                        ? new VectorRooflineKernels()
                        : new ScalarRooflineKernels();
        int[] memory = new int[elements()];
        float[] sinks = new float[workers.threadCount() * RooflineKernels.SCRATCH];
        warm(kernels, memory, sinks);
        double bytesPerSecond = measureReading(kernels, memory, workers);
        double flopsPerSecond = measureMultiplyAdds(kernels, sinks, workers);
        long arrayBytes = (long) memory.length * Integer.BYTES;
        return new Roofline(bytesPerSecond, flopsPerSecond, workers.threadCount(), arrayBytes);
    }

    /**
     * The least time that work can take.
     *
     * @param bytes to be read from memory
     * @param flops operations
     * @return seconds
     */
    public double seconds(double bytes, double flops) {
        return Math.max(bytes / bytesPerSecond, flops / flopsPerSecond);
    }

    private static int elements() {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        long bytes = Math.min(MOST_BYTES, Math.max(FEWEST_BYTES, free / 4));
        return (int) (bytes / Integer.BYTES / PART_ELEMENTS) * PART_ELEMENTS;
    }

    /** Short calls, so that the compiler translates the methods and not only their loops. */
    private static void warm(RooflineKernels kernels, int[] memory, float[] sinks) {
        for (int call = 0; call < WARM_CALLS; call++) {
            kernels.read(memory, 0, WARM_ELEMENTS, sinks, 0);
            kernels.multiplyAdd(WARM_ROUNDS, sinks, 0);
        }
    }

    private static double measureReading(
            RooflineKernels kernels, int[] memory, WorkerPool workers) {
        float[] sinks = new float[workers.threadCount() * RooflineKernels.SCRATCH];
        long nanos =
                bestPass(
                        workers,
                        memory.length / PART_ELEMENTS,
                        (part, thread) ->
                                kernels.read(
                                        memory,
                                        part * PART_ELEMENTS,
                                        PART_ELEMENTS,
                                        sinks,
                                        thread * RooflineKernels.SCRATCH));
        return (double) memory.length * Integer.BYTES / nanos * 1e9;
    }

    private static double measureMultiplyAdds(
            RooflineKernels kernels, float[] sinks, WorkerPool workers) {
        int parts = PARTS_PER_THREAD * workers.threadCount();
        long nanos =
                bestPass(
                        workers,
                        parts,
                        (part, thread) ->
                                kernels.multiplyAdd(
                                        PART_ROUNDS, sinks, thread * RooflineKernels.SCRATCH));
        return (double) parts * PART_ROUNDS * kernels.flopsPerRound() / nanos * 1e9;
    }

    private static long bestPass(WorkerPool workers, int parts, WorkerPool.Work pass) {
        long best = Long.MAX_VALUE;
        long begin = System.nanoTime();
        for (int passes = 0;
                passes < FEWEST_PASSES || System.nanoTime() - begin < MEASURED_NANOS;
                passes++) {
            long start = System.nanoTime();
            workers.run(parts, pass);
            best = Math.min(best, Math.max(1, System.nanoTime() - start));
        }
        return best;
    }
}
