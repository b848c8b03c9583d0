package dev.kaya.benchmark;

import dev.kaya.engine.tensor.roofline.Roofline;
import org.jspecify.annotations.Nullable;

/**
 * What {@link EngineBenchmark} found.
 *
 * @param workload what was run
 * @param kernels which edition computed
 * @param roofline limits of the machine, from the same run
 * @param prefill P prompt tokens of one sequence, until its first token
 * @param decode N tokens after those, one at a time
 * @param together S sequences at once, their S·(N + 1) new tokens over the whole time
 * @param positions late against early, or null when the context is too short for it
 */
public record BenchmarkResult(
        Workload workload,
        String kernels,
        Roofline roofline,
        Measure prefill,
        Measure decode,
        Measure together,
        @Nullable Positions positions) {}
