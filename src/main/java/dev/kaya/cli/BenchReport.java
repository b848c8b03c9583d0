package dev.kaya.cli;

import dev.kaya.benchmark.BenchmarkResult;
import dev.kaya.benchmark.Measure;
import dev.kaya.benchmark.Positions;
import dev.kaya.benchmark.Workload;
import dev.kaya.engine.LoadedModel.Card;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The result of {@code bench} for people and for programs. */
final class BenchReport {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private BenchReport() {}

    /** Prints a table: a line for each measure. */
    static void print(PrintWriter out, Card card, BenchmarkResult result) {
        printHead(out, card, result);
        out.println();
        Workload workload = result.workload();
        out.printf(
                Locale.ROOT,
                "%-36s %12s %9s %9s %9s  %s%n",
                "measure",
                "tokens/s",
                "GB/s",
                "GFLOP/s",
                "roofline",
                "limit");
        String prompt = "prefill, " + workload.promptTokens() + " tokens";
        row(out, prompt, result.prefill());
        String single = workload.newTokens() + " tokens after " + workload.promptTokens();
        row(out, "decode, " + single, result.decode());
        String each = workload.promptTokens() + " in, " + (workload.newTokens() + 1) + " out";
        row(out, workload.sequences() + " sequences, " + each, result.together());
        Positions positions = result.positions();
        if (positions != null) {
            row(out, "decode at position " + positions.earlyPosition(), positions.early());
            row(out, "decode at position " + positions.latePosition(), positions.late());
            out.println();
            out.printf(
                    Locale.ROOT,
                    "a token at position %d takes %.2f times as long as one at %d%n",
                    positions.latePosition(),
                    positions.lateCost(),
                    positions.earlyPosition());
        }
    }

    private static void printHead(PrintWriter out, Card card, BenchmarkResult result) {
        out.printf(
                Locale.ROOT,
                "%-13s %s, %,d parameters, %s of weights in %s%n",
                "model",
                card.name(),
                card.contents().parameters(),
                ByteSize.of(card.contents().bytes()),
                new TreeSet<>(card.contents().heldAs())
                        .stream().map(DataType::name).collect(Collectors.joining(", ")));
        out.printf(
                Locale.ROOT,
                "%-13s %s, %d %s%n",
                "kernels",
                result.kernels(),
                result.workload().threads(),
                result.workload().threads() == 1 ? "thread" : "threads");
        out.printf(
                Locale.ROOT,
                "%-13s %.1f GB/s from %s of memory, %.1f GFLOP/s in registers%n",
                "roofline",
                result.roofline().bytesPerSecond() / 1e9,
                ByteSize.of(result.roofline().arrayBytes()),
                result.roofline().flopsPerSecond() / 1e9);
    }

    private static void row(PrintWriter out, String name, Measure measure) {
        out.printf(
                Locale.ROOT,
                "%-36s %,12.1f %9.2f %9.2f %8.1f%%  %s%n",
                name,
                measure.tokensPerSecond(),
                measure.gigabytesPerSecond(),
                measure.gigaflopsPerSecond(),
                measure.rooflineShare() * 100,
                measure.limit().name().toLowerCase(Locale.ROOT));
    }

    /** One line of JSON; units stand in the names. */
    static String json(Card card, BenchmarkResult result) {
        Workload workload = result.workload();
        ObjectNode root = MAPPER.createObjectNode();
        root.put("model", card.name())
                .put("parameters", card.contents().parameters())
                .put("weights_bytes", card.contents().bytes())
                .put("kernels", result.kernels())
                .put("threads", workload.threads())
                .put("prompt_tokens", workload.promptTokens())
                .put("new_tokens", workload.newTokens())
                .put("sequences", workload.sequences())
                .put("repetitions", workload.repetitions());
        root.putObject("roofline")
                .put("memory_gb_per_second", result.roofline().bytesPerSecond() / 1e9)
                .put("memory_bytes", result.roofline().arrayBytes())
                .put("gflop_per_second", result.roofline().flopsPerSecond() / 1e9);
        put(root.putObject("prefill"), result.prefill());
        put(root.putObject("decode"), result.decode());
        put(root.putObject("together"), result.together());
        Positions positions = result.positions();
        if (positions != null) {
            put(
                    root.putObject("early").put("position", positions.earlyPosition()),
                    positions.early());
            put(root.putObject("late").put("position", positions.latePosition()), positions.late());
            root.put("late_cost", positions.lateCost());
        }
        return MAPPER.writeValueAsString(root);
    }

    private static void put(ObjectNode node, Measure measure) {
        node.put("tokens_per_second", measure.tokensPerSecond())
                .put("weights_gb_per_second", measure.gigabytesPerSecond())
                .put("gflop_per_second", measure.gigaflopsPerSecond())
                .put("roofline_share", measure.rooflineShare())
                .put("limit", measure.limit().name().toLowerCase(Locale.ROOT));
    }
}
