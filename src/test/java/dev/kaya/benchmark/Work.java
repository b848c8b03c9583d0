package dev.kaya.benchmark;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a benchmark gets done, which JMH divides by time: the columns of {@link Benchmarks}. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Work {

    /** Tokens computed. */
    public double tokens;

    /** Weights, keys, values or elements read, in 10^9 bytes. */
    public double gigabytes;

    /** Operations, in 10^9, two for each multiply-add. */
    public double gigaflops;

    /** One invocation is over. */
    void add(double tokens, double bytes, double flops) {
        this.tokens += tokens;
        gigabytes += bytes / 1e9;
        gigaflops += flops / 1e9;
    }
}
