package dev.kaya.benchmark;

import dev.kaya.benchmark.Measure.Limit;
import dev.kaya.engine.tensor.roofline.Roofline;

/** Adds up the steps of one repetition. */
final class Tally {

    private final StepCost cost;
    private final Roofline roofline;
    private long tokens;
    private long nanos;
    private double bytes;
    private double flops;
    private double limitSeconds;
    private double memorySeconds;

    Tally(StepCost cost, Roofline roofline) {
        this.cost = cost;
        this.roofline = roofline;
    }

    /** A step was computed; parameters as of {@link StepCost#flops}. */
    void addStep(int rows, int outputs, long positions, long outputPositions) {
        double stepBytes = (double) cost.bytes(outputs);
        double stepFlops = cost.flops(rows, outputs, positions, outputPositions);
        double seconds = roofline.seconds(stepBytes, stepFlops);
        bytes += stepBytes;
        flops += stepFlops;
        limitSeconds += seconds;
        if (stepBytes / roofline.bytesPerSecond() >= seconds) {
            memorySeconds += seconds;
        }
    }

    /** The steps so far gave {@code newTokens} more in {@code newNanos}. */
    void addTime(long newTokens, long newNanos) {
        tokens += newTokens;
        nanos += newNanos;
    }

    long nanos() {
        return nanos;
    }

    Measure measure() {
        Limit limit = memorySeconds * 2 >= limitSeconds ? Limit.MEMORY : Limit.ARITHMETIC;
        return new Measure(tokens, Math.max(1, nanos) / 1e9, bytes, flops, limitSeconds, limit);
    }
}
