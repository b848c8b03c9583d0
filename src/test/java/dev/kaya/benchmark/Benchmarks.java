package dev.kaya.benchmark;

import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.roofline.Roofline;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs the JMH benchmarks that a regular expression names, then measures the roofline and prints
 * what each reached of it. Arguments are those of JMH.
 */
public final class Benchmarks {

    private final PrintStream out;
    private final Map<Integer, Roofline> rooflines = new TreeMap<>();

    private Benchmarks(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        Collection<RunResult> results = new Runner(new CommandLineOptions(arguments)).run();
        var stream = new FileOutputStream(FileDescriptor.out);
        new Benchmarks(new PrintStream(stream, true, StandardCharsets.UTF_8)).print(results);
    }

    /** The number of threads that a parameter means: 0 is one for each processor. */
    static int threads(int parameter) {
        return parameter == 0 ? Runtime.getRuntime().availableProcessors() : parameter;
    }

    private void print(Collection<RunResult> results) {
        out.printf(
                Locale.ROOT,
                "%n%-58s %14s %9s %9s %9s%n",
                "benchmark",
                "tokens/s",
                "GB/s",
                "GFLOP/s",
                "roofline");
        for (RunResult result : results) {
            print(result);
        }
        rooflines.forEach(
                (threads, roofline) ->
                        out.printf(
                                Locale.ROOT,
                                "%-58s %14s %9.2f %9.2f%n",
                                "roofline, threads: " + threads,
                                "",
                                roofline.bytesPerSecond() / 1e9,
                                roofline.flopsPerSecond() / 1e9));
    }

    private void print(RunResult result) {
        BenchmarkParams params = result.getParams();
        String parameter = params.getParam("threads");
        int threads = parameter == null ? 1 : threads(Integer.parseInt(parameter));
        Roofline roofline = rooflines.computeIfAbsent(threads, Benchmarks::measure);
        double gigabytes = rate(result, "gigabytes");
        double gigaflops = rate(result, "gigaflops");
        // Seconds that one second's work would take at the limit: the share reached.
        double share = roofline.seconds(gigabytes * 1e9, gigaflops * 1e9);
        out.printf(
                Locale.ROOT,
                "%-58s %,14.1f %9.2f %9.2f %8.1f%%%n",
                name(params),
                rate(result, "tokens"),
                gigabytes,
                gigaflops,
                share * 100);
    }

    private static Roofline measure(int threads) {
        try (var workers = new WorkerPool(threads)) {
            return Roofline.measure(workers);
        }
    }

    private static double rate(RunResult result, String counter) {
        Result<?> rate = result.getSecondaryResults().get(counter);
        if (rate == null) {
            throw new IllegalStateException("no counter " + counter + " in " + result);
        }
        return rate.getScore();
    }

    /** The method with its parameters, such as {@code ProductBenchmark.multiply rows=8}. */
    private static String name(BenchmarkParams params) {
        String method = params.getBenchmark().substring("dev.kaya.benchmark.".length());
        var name = new StringBuilder(method);
        for (String key : params.getParamsKeys()) {
            name.append(' ').append(key).append('=').append(params.getParam(key));
        }
        return name.toString();
    }
}
