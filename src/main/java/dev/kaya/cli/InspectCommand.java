package dev.kaya.cli;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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

    @Parameters(paramLabel = "PATH", description = "Weight file, or folder with one.")
    private Path path;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Also tell the KV cache's size for N tokens.")
    private int tokens;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        Inspection inspection = Inspection.of(path);
        PrintWriter out = spec.commandLine().getOut();
        line(out, "file", inspection.path());
        line(out, "container", inspection.container());
        line(out, "dialect", inspection.dialect() == null ? "unknown" : inspection.dialect());
        Inspection.Model model = inspection.model();
        if (model != null) {
            printModel(out, model);
        }
        if (inspection.vocabulary() >= 0) {
            line(
                    out,
                    "tokenizer",
                    String.format(Locale.ROOT, "%,d tokens", inspection.vocabulary()));
        }
        printTensors(out, inspection);
        String problem = inspection.problem();
        if (problem == null) {
            line(out, "served", "yes");
            return CommandLine.ExitCode.OK;
        }
        line(out, "served", "no");
        spec.commandLine().getErr().println("kaya: " + problem);
        return CommandLine.ExitCode.SOFTWARE;
    }

    private void printModel(PrintWriter out, Inspection.Model model) {
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
        line(
                out,
                "attention",
                String.format(
                        Locale.ROOT,
                        "%d heads of %d, %d key/value heads, %s",
                        config.attention().heads(),
                        config.attention().headLength(),
                        config.attention().keyValueHeads(),
                        config.positions().kind() == PositionKind.LEARNED
                                ? "learned positions"
                                : String.format(
                                        Locale.ROOT,
                                        "rotary base %.0f",
                                        config.positions().theta())));
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
                        "%s, epsilon %s",
                        config.normalization().kind().name().toLowerCase(Locale.ROOT),
                        config.normalization().epsilon()));
        printKeyValueSize(out, config);
    }

    private void printKeyValueSize(PrintWriter out, TransformerConfig config) {
        long bytes = config.keyValueBytesPerToken(KvCacheType.F32);
        int context = config.dimensions().context();
        line(
                out,
                "KV cache",
                String.format(
                        Locale.ROOT,
                        "%,d bytes a token in float32, %.1f MB for the full context of %,d tokens",
                        bytes,
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
                            tensor.name(),
                            tensor.type(),
                            tensor.shape()));
        }
    }

    private static void line(PrintWriter out, String name, Object value) {
        out.println(String.format(Locale.ROOT, "%-13s %s", name, value));
    }
}
