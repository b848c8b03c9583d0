package dev.kaya.cli;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.dialect.DialectGuess;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.registry.Heap;
import dev.kaya.registry.InsufficientMemoryException;
import dev.kaya.registry.MemoryPlan;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.LoopSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what a checkpoint is, and what is missing if it cannot be served. */
@Command(
        name = "inspect",
        description = "Tell what a checkpoint is, and what is missing if it cannot be served.",
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

    private static final int LISTED = 8;
    private static final int SHOWN_CHARACTERS = 200;

    @Parameters(paramLabel = "PATH", description = "Weight file, or folder with one.")
    private Path path;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Also tell the KV cache's size for N tokens.")
    private int tokens;

    @CommandLine.Mixin private EngineOptions engine;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        Inspection inspection = Inspection.of(path, engine.load(spec.commandLine()));
        List<String> problems = new ArrayList<>(inspection.problems());
        PrintWriter out = spec.commandLine().getOut();
        line(out, "file", inspection.path());
        line(out, "container", inspection.container());
        Inspection.Model model = inspection.model();
        line(out, "dialect", model == null ? "unknown" : model.dialect());
        if (model != null && model.arithmetic() != null) {
            printArithmetic(out, model.arithmetic());
            printPlan(out, model.arithmetic(), problems);
        }
        if (inspection.vocabulary() >= 0) {
            line(
                    out,
                    "tokenizer",
                    String.format(Locale.ROOT, "%,d tokens", inspection.vocabulary()));
        }
        for (Assumption assumption : inspection.assumptions()) {
            line(out, "assumed", assumption.what() + "; if not, " + assumption.otherwise());
        }
        printTensors(out, inspection);
        if (inspection.guess() != null) {
            printGuess(out, inspection.guess());
        }
        boolean served = problems.isEmpty();
        line(out, "served", served ? "yes" : "no");
        PrintWriter err = spec.commandLine().getErr();
        problems.forEach(problem -> err.println("kaya: " + problem));
        return served ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    /** A heap that is enough for what a server keeps free in a heap of that very size. */
    private static long heapFor(
            MemoryPlan.Model model,
            LoopSettings settings,
            Heap like,
            BiFunction<MemoryPlan, Heap, Long> needed) {
        long heap = 0;
        long before = -1;
        while (heap > before) {
            before = heap;
            var requests = RequestMemory.ofServer(heap, RequestMemory.USUAL_CONNECTIONS);
            heap = needed.apply(MemoryPlan.of(model, settings, requests, like), like);
        }
        return heap;
    }

    /** What a server of the usual bounds would need; one with this heap may refuse it. */
    private void printPlan(
            PrintWriter out, Inspection.Arithmetic arithmetic, List<String> problems) {
        var settings =
                new LoopSettings(
                        engine.threads(spec.commandLine()),
                        LoopSettings.USUAL_SEQUENCES,
                        new LoopSettings.Queue(1, 1),
                        LoopSettings.USUAL_STEP_TOKENS,
                        new LoopSettings.Memory(
                                LoopSettings.Memory.WHAT_IS_LEFT, engine.kvCache(), Duration.ZERO));
        Heap heap = Heap.current();
        var model =
                new MemoryPlan.Model(
                        arithmetic.config(),
                        arithmetic.memory().weights(),
                        arithmetic.memory().loading());
        var requests = RequestMemory.ofServer(heap.most(), RequestMemory.USUAL_CONNECTIONS);
        MemoryPlan plan = MemoryPlan.of(model, settings, requests, heap);
        line(
                out,
                "heap",
                String.format(
                        Locale.ROOT,
                        "-Xmx%dm at least to serve it; -Xmx%dm for %d full contexts at a time",
                        heapFor(model, settings, heap, MemoryPlan::smallestHeap) >> 20,
                        heapFor(model, settings, heap, MemoryPlan::fullHeap) >> 20,
                        LoopSettings.USUAL_SEQUENCES));
        line(out, "", String.join(", ", plan.described()));
        try {
            plan.check(arithmetic.config(), settings, heap);
        } catch (InsufficientMemoryException e) {
            problems.add(e.getMessage());
        }
    }

    private void printArithmetic(PrintWriter out, Inspection.Arithmetic model) {
        TransformerConfig config = model.config();
        line(
                out,
                "parameters",
                String.format(
                        Locale.ROOT,
                        "%,d%s",
                        model.parameters(),
                        model.tied() ? ", head tied" : ""));
        line(
                out,
                "layers",
                String.format(
                        Locale.ROOT,
                        "%d of embedding %d, context %d, vocabulary %d",
                        config.dimensions().layers(),
                        config.dimensions().embedding(),
                        config.dimensions().context(),
                        config.dimensions().vocabulary()));
        line(out, "attention", attention(config));
        line(
                out,
                "feed-forward",
                String.format(
                        Locale.ROOT,
                        "%d, %s%s",
                        config.feedForward().length(),
                        config.feedForward().activation().name().toLowerCase(Locale.ROOT),
                        config.feedForward().gated() ? ", gated" : ""));
        line(
                out,
                "norm",
                String.format(
                        Locale.ROOT,
                        "%s, epsilon %s%s",
                        config.normalization().kind().name().toLowerCase(Locale.ROOT),
                        config.normalization().epsilon(),
                        config.normalization().ofHeads() ? ", also of queries and keys" : ""));
        line(
                out,
                "memory",
                String.format(
                        Locale.ROOT, "%.1f MB for the weights", model.memory().weights() / 1e6));
        printKeyValueSize(out, config);
    }

    private static String attention(TransformerConfig config) {
        TransformerConfig.Positions positions = config.positions();
        TransformerConfig.SlidingWindow window = config.window();
        int headLength = config.attention().headLength();
        return String.format(
                        Locale.ROOT,
                        "%d heads of %d, %d key/value heads, ",
                        config.attention().heads(),
                        headLength,
                        config.attention().keyValueHeads())
                + (positions.kind() == PositionKind.LEARNED
                        ? "learned positions"
                        : String.format(Locale.ROOT, "rotary base %.0f", positions.theta()))
                + (positions.kind() == PositionKind.LEARNED
                                || positions.rotaryLength() == headLength
                        ? ""
                        : " of " + positions.rotaryLength())
                + scaling(positions.scaling())
                + (config.attention().scale() == AttentionShape.usualScale(headLength)
                        ? ""
                        : ", scores times " + config.attention().scale())
                + (window.layers().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                ", window of %d in %d layers",
                                window.length(),
                                window.layers().cardinality()));
    }

    private static String scaling(RopeScaling scaling) {
        return switch (scaling) {
            case RopeScaling.Linear linear ->
                    linear.factor() == 1 ? "" : ", stretched by " + linear.factor();
            case RopeScaling.Llama3 llama -> ", stretched by " + llama.factor() + " as Llama 3";
            case RopeScaling.Yarn yarn -> ", stretched by " + yarn.factor() + " as YaRN";
        };
    }

    private static void printGuess(PrintWriter out, Inspection.Guess guess) {
        for (DialectGuess.Nearest nearest : guess.nearest()) {
            line(out, "nearest", nearest.dialect());
            line(out, "", "lacks " + list(nearest.missing()));
            line(out, "", "does not know " + list(nearest.leftOver()));
        }
        line(out, "map", "for a config.json beside the weights, to be completed:");
        for (String row : guess.map().split("\n", -1)) {
            out.println(PrintableText.of(row, Integer.MAX_VALUE));
        }
    }

    private static String list(List<String> names) {
        int listed = Math.min(names.size(), LISTED);
        List<String> shown = new ArrayList<>();
        for (String name : names.subList(0, listed)) {
            shown.add(PrintableText.of(name, SHOWN_CHARACTERS));
        }
        String first = names.isEmpty() ? "nothing" : String.join(", ", shown);
        return names.size() > listed ? first + " and " + (names.size() - listed) + " more" : first;
    }

    private void printKeyValueSize(PrintWriter out, TransformerConfig config) {
        long bytes = config.keyValueBytesPerToken(engine.kvCache());
        int context = config.dimensions().context();
        line(
                out,
                "KV cache",
                String.format(
                        Locale.ROOT,
                        "%,d bytes a token in %s, %.1f MB for the full context of %,d tokens",
                        bytes,
                        engine.kvCache() == KvCacheType.F32 ? "float32" : "bfloat16",
                        bytes * (double) context / 1e6,
                        context));
        if (tokens > 0) {
            line(
                    out,
                    "",
                    String.format(
                            Locale.ROOT,
                            "%.1f MB for %,d tokens",
                            bytes * (double) tokens / 1e6,
                            tokens));
        }
    }

    private static void printTensors(PrintWriter out, Inspection inspection) {
        Map<String, Long> types = new TreeMap<>();
        for (Inspection.Tensor tensor : inspection.tensors()) {
            types.merge(tensor.type().name(), tensor.elementCount(), Long::sum);
        }
        line(out, "types", types);
        line(out, "tensors", inspection.tensors().size());
        for (Inspection.Tensor tensor : inspection.tensors()) {
            out.println(
                    String.format(
                            Locale.ROOT,
                            "  %-56s %-5s %s",
                            PrintableText.of(tensor.name(), SHOWN_CHARACTERS),
                            tensor.type(),
                            tensor.shape()));
        }
    }

    private static void line(PrintWriter out, String name, Object value) {
        out.println(String.format(Locale.ROOT, "%-13s %s", name, value));
    }
}
