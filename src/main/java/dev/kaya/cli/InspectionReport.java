package dev.kaya.cli;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.Inspection.Arithmetic;
import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.dialect.DialectGuess;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.resolve.Assumption;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.registry.Heap;
import dev.kaya.registry.MemoryPlan;
import dev.kaya.scheduler.LoopSettings;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints what is known of a checkpoint, a line for each thing. */
final class InspectionReport {

    private static final int LISTED = 8;
    private static final int SHOWN_CHARACTERS = 200;

    private final PrintWriter out;
    private final Inspection inspection;

    InspectionReport(PrintWriter out, Inspection inspection) {
        this.out = out;
        this.inspection = inspection;
    }

    /** What the checkpoint is. */
    void printModel() {
        Inspection.Model model = inspection.model();
        line("file", PrintableText.escaped(inspection.path().toString()));
        line("container", inspection.container());
        line("dialect", model == null ? "unknown" : model.dialect());
        if (model != null && model.arithmetic() != null) {
            printArithmetic(model.arithmetic());
        }
        if (inspection.vocabulary() >= 0) {
            line("tokenizer", String.format(Locale.ROOT, "%,d tokens", inspection.vocabulary()));
        }
        for (Assumption assumption : inspection.assumptions()) {
            line("assumed", assumption.what() + "; if not, " + assumption.otherwise());
        }
    }

    private void printArithmetic(Arithmetic model) {
        TransformerConfig config = model.config();
        TransformerConfig.Dimensions dimensions = config.dimensions();
        line(
                "parameters",
                String.format(
                        Locale.ROOT,
                        "%,d%s",
                        model.parameters(),
                        model.tied() ? ", head tied" : ""));
        line(
                "layers",
                String.format(
                        Locale.ROOT,
                        "%d of embedding %d, context %,d, vocabulary %,d",
                        dimensions.layers(),
                        dimensions.embedding(),
                        dimensions.context(),
                        dimensions.vocabulary()));
        line("attention", attention(config));
        line(
                "feed-forward",
                String.format(
                        Locale.ROOT,
                        "%d, %s%s",
                        config.feedForward().length(),
                        lower(config.feedForward().activation()),
                        config.feedForward().gated() ? ", gated" : ""));
        line(
                "norm",
                String.format(
                        Locale.ROOT,
                        "%s, epsilon %s%s",
                        lower(config.normalization().kind()),
                        config.normalization().epsilon(),
                        config.normalization().ofHeads() ? ", also of queries and keys" : ""));
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

    /**
     * The memory that a server needs.
     *
     * @param model whose arithmetic is known
     * @param needs of the heap, for each type of KV cache
     * @param detailed the type whose heap is taken apart
     * @param tokens whose keys and values are told besides; null for none
     */
    void printMemory(
            Arithmetic model,
            Map<KvCacheType, HeapNeed> needs,
            KvCacheType detailed,
            @Nullable Integer tokens) {
        line("weights", ByteSize.of(model.memory().weights()) + " in memory");
        String name = "KV cache";
        for (KvCacheType type : needs.keySet()) {
            line(name, keyValues(model.config(), type, tokens));
            name = "";
        }
        name = "heap";
        for (Map.Entry<KvCacheType, HeapNeed> need : needs.entrySet()) {
            line(
                    name,
                    String.format(
                            Locale.ROOT,
                            "-Xmx%dm at least, -Xmx%dm for %d full contexts at a time, KV cache in"
                                    + " %s",
                            need.getValue().least() >> 20,
                            need.getValue().full() >> 20,
                            LoopSettings.USUAL_SEQUENCES,
                            lower(need.getKey())));
            name = "";
        }
        printParts(detailed, Objects.requireNonNull(needs.get(detailed)));
    }

    private void printParts(KvCacheType type, HeapNeed need) {
        line(
                "",
                String.format(
                        Locale.ROOT,
                        "-Xmx%dm with KV cache in %s holds",
                        need.least() >> 20,
                        lower(type)));
        for (MemoryPlan.Part part : need.parts()) {
            line(
                    "",
                    String.format(Locale.ROOT, "%12s  %s", ByteSize.of(part.bytes()), part.name()));
        }
        line("", "and some 150 MiB lie outside of it: code, threads and buffers");
        if (need.roomHere().isPresent()) {
            line(
                    "",
                    String.format(
                            Locale.ROOT,
                            "the heap of this process, %,d MiB, has room for %s of keys and values",
                            Heap.current().most() >> 20,
                            ByteSize.of(need.roomHere().getAsLong())));
        }
    }

    private static String keyValues(
            TransformerConfig config, KvCacheType type, @Nullable Integer tokens) {
        long bytes = config.keyValueBytesPerToken(type);
        int context = config.dimensions().context();
        String all =
                String.format(
                        Locale.ROOT,
                        "%-4s  %,7d bytes a token, %9s for the context of %,d",
                        lower(type),
                        bytes,
                        ByteSize.of(bytes * context),
                        context);
        return tokens == null
                ? all
                : all
                        + String.format(
                                Locale.ROOT, ", %9s for %,d", ByteSize.of(bytes * tokens), tokens);
    }

    /**
     * The tensors of the file.
     *
     * @param each whether every one is listed
     */
    void printTensors(boolean each) {
        List<Inspection.Tensor> tensors = inspection.tensors();
        Map<DataType, Integer> counts = new TreeMap<>();
        long elements = 0;
        long bytes = 0;
        for (Inspection.Tensor tensor : tensors) {
            counts.merge(tensor.type(), 1, Integer::sum);
            elements += tensor.elementCount();
            bytes += tensor.type().bytes(tensor.elementCount());
        }
        line(
                "tensors",
                String.format(
                        Locale.ROOT,
                        "%s, %,d elements, %s",
                        counted(tensors.size(), counts),
                        elements,
                        ByteSize.of(bytes)));
        if (each) {
            listTensors(tensors);
        }
    }

    private static String counted(int all, Map<DataType, Integer> counts) {
        String types =
                counts.entrySet().stream()
                        .map(
                                count ->
                                        String.format(
                                                Locale.ROOT,
                                                "%,d of %s",
                                                count.getValue(),
                                                count.getKey()))
                        .collect(Collectors.joining(", "));
        return switch (counts.size()) {
            case 0 -> "none";
            case 1 -> types;
            default -> String.format(Locale.ROOT, "%,d (%s)", all, types);
        };
    }

    private void listTensors(List<Inspection.Tensor> tensors) {
        int longestName = 1;
        int longestShape = 1;
        for (Inspection.Tensor tensor : tensors) {
            longestName = Math.max(longestName, shown(tensor.name()).length());
            longestShape = Math.max(longestShape, tensor.shape().toString().length());
        }
        String format = "  %-" + longestName + "s  %-4s  %-" + longestShape + "s  %10s";
        for (Inspection.Tensor tensor : tensors) {
            out.println(
                    format.formatted(
                            shown(tensor.name()),
                            tensor.type(),
                            tensor.shape(),
                            ByteSize.of(tensor.type().bytes(tensor.elementCount()))));
        }
    }

    /** What a checkpoint of no known dialect might be, and a map to begin with. */
    void printGuess() {
        Inspection.Guess guess = inspection.guess();
        if (guess == null) {
            return;
        }
        for (DialectGuess.Nearest nearest : guess.nearest()) {
            line("nearest", nearest.dialect());
            line("", "lacks " + list(nearest.missing()));
            line("", "does not know " + list(nearest.leftOver()));
        }
        line("map", "for a config.json beside the weights, to be completed:");
        for (String row : guess.map().split("\n", -1)) {
            out.println(PrintableText.escaped(row));
        }
    }

    private static String list(List<String> names) {
        int listed = Math.min(names.size(), LISTED);
        List<String> shown = new ArrayList<>();
        for (String name : names.subList(0, listed)) {
            shown.add(shown(name));
        }
        String first = names.isEmpty() ? "nothing" : String.join(", ", shown);
        return names.size() > listed ? first + " and " + (names.size() - listed) + " more" : first;
    }

    private static String shown(String name) {
        return PrintableText.of(name, SHOWN_CHARACTERS);
    }

    /** Whether a server would serve it. */
    void printVerdict(boolean served) {
        line("served", served ? "yes" : "no");
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private void line(String name, String value) {
        out.println(String.format(Locale.ROOT, "%-13s %s", name, value));
    }
}
