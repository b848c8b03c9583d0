package dev.kaya.cli;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.registry.InsufficientMemoryException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reports what a checkpoint is, what memory it needs, and what is missing. */
@Command(
        name = "inspect",
        description = {
            "Report what a checkpoint is, and what is missing where it cannot be served.",
            "Also the memory that a server needs for it, with the heap (-Xmx) that it must be"
                    + " given."
        },
        footer = {
            "",
            "Examples:",
            "  kaya inspect out/ckpt.pt",
            "  kaya inspect model.gguf --tensors --weights=q8 --context-length=2048"
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", description = "Weight file, or folder with one.")
    private Path path;

    @Option(names = "--tensors", description = "List every tensor, with its type, shape and size.")
    private boolean tensors;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Also report the size of the KV cache for N tokens (default: none).")
    private @Nullable Integer tokens;

    @CommandLine.Mixin private EngineOptions engine;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        if (tokens != null && tokens < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--tokens must be at least 1; given " + tokens);
        }
        int threads = engine.threads(spec.commandLine());
        Inspection inspection = Inspection.of(path, engine.load(spec.commandLine()));
        List<String> problems = new ArrayList<>(inspection.problems());
        var report = new InspectionReport(spec.commandLine().getOut(), inspection);
        report.printModel();
        Inspection.Model model = inspection.model();
        if (model != null && model.arithmetic() != null) {
            report.printMemory(
                    model.arithmetic(),
                    needs(model.arithmetic(), threads),
                    engine.kvCache(),
                    tokens);
            addShortage(model.arithmetic(), threads, problems);
        }
        report.printTensors(tensors);
        report.printGuess();
        boolean served = problems.isEmpty();
        report.printVerdict(served);
        PrintWriter err = spec.commandLine().getErr();
        problems.forEach(problem -> err.println("kaya: " + problem));
        return served ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static Map<KvCacheType, HeapNeed> needs(Inspection.Arithmetic model, int threads) {
        Map<KvCacheType, HeapNeed> needs = new EnumMap<>(KvCacheType.class);
        for (KvCacheType cache : KvCacheType.values()) {
            needs.put(cache, HeapNeed.of(model, threads, cache));
        }
        return needs;
    }

    /** What a server of the usual bounds would need; one with this heap may refuse it. */
    private void addShortage(Inspection.Arithmetic model, int threads, List<String> problems) {
        try {
            HeapNeed.check(model, threads, engine.kvCache());
        } catch (InsufficientMemoryException e) {
            problems.add(e.getMessage());
        }
    }
}
