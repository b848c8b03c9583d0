package dev.kaya.cli;

import dev.kaya.benchmark.BenchmarkResult;
import dev.kaya.benchmark.EngineBenchmark;
import dev.kaya.benchmark.UnfitWorkloadException;
import dev.kaya.benchmark.Workload;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.tensor.kernel.KernelChoice;
import dev.kaya.engine.tensor.kernel.KernelPreference;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how fast a checkpoint decodes here, beside what the machine can do. */
@Command(
        name = "bench",
        description = "Measure how fast a checkpoint decodes here, beside what the machine can do.",
        footer = {
            "",
            "Examples:",
            "  kaya bench --checkpoint=checkpoints/stories --prompt-tokens=128",
            "  kaya bench --checkpoint=model.gguf --weights=q8 --json"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    private static final int LONGEST = 1_000_000;
    private static final int MOST_SEQUENCES = 1024;
    private static final int MOST_REPETITIONS = 1000;

    @Option(
            names = "--checkpoint",
            paramLabel = "PATH",
            required = true,
            description = "Weight file, or folder with one; required.")
    private Path checkpoint;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "P",
            defaultValue = "256",
            description = "Tokens of every prompt (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--new-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "Tokens decoded after the one a prompt itself gives (default:"
                            + " ${DEFAULT-VALUE}).")
    private int newTokens;

    @Option(
            names = "--sequences",
            paramLabel = "S",
            defaultValue = "8",
            description =
                    "Sequences decoded at a time in the last run (default: ${DEFAULT-VALUE}).")
    private int sequences;

    @CommandLine.Mixin private EngineOptions engine;

    @CommandLine.Mixin private KernelOption kernel;

    @Option(
            names = "--repetitions",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "Times each measure is taken; the best counts (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--json", description = "Print one line of JSON instead of a table.")
    private boolean json;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    BenchCommand() {}

    @Override
    public Integer call() throws IOException {
        Workload workload = workload();
        KernelPreference wanted = kernel.preferred(spec.commandLine());
        LoadedModel model = ModelLoader.load(checkpoint, engine.load(spec.commandLine()));
        long heap = Runtime.getRuntime().maxMemory() - model.card().contents().bytes();
        try {
            workload.check(model.model().config(), heap);
        } catch (UnfitWorkloadException e) {
            throw new CommandLine.ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        KernelChoice kernels = KernelProvider.choose(wanted);
        if (kernels.degraded()) {
            spec.commandLine().getErr().println("kaya: " + kernels.explanation());
        }
        BenchmarkResult result = EngineBenchmark.run(model, workload, kernels.kernels());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(BenchReport.json(model.card(), result));
        } else {
            BenchReport.print(out, model.card(), result);
        }
        return CommandLine.ExitCode.OK;
    }

    private Workload workload() {
        return new Workload(
                inRange("--prompt-tokens", promptTokens, LONGEST),
                inRange("--new-tokens", newTokens, LONGEST),
                inRange("--sequences", sequences, MOST_SEQUENCES),
                engine.threads(spec.commandLine()),
                inRange("--repetitions", repetitions, MOST_REPETITIONS),
                engine.kvCache());
    }

    private int inRange(String option, int given, int most) {
        if (given < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + " must be at least 1; given " + given);
        }
        if (given > most) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + " must be at most " + most + "; given " + given);
        }
        return given;
    }
}
