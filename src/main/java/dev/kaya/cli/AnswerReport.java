package dev.kaya.cli;

import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.answer.GenerationResult.Output;
import dev.kaya.service.answer.GenerationResult.PromptToken;
import dev.kaya.service.answer.GenerationResult.Usage;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Prints a complete answer: its texts, and tables of log-probabilities where they are wanted. */
final class AnswerReport {

    private static final int NARROWEST_TOKEN = 5;
    private static final String NONE = "-";

    private final PrintWriter out;
    private final IntFunction<String> texts;

    /**
     * @param out where it is printed
     * @param texts of tokens by their ids
     */
    AnswerReport(PrintWriter out, IntFunction<String> texts) {
        this.out = out;
        this.texts = texts;
    }

    /**
     * A line of a table.
     *
     * @param tokenId of the token
     * @param logprobs of it; null for the first of a prompt
     */
    private record Row(int tokenId, @Nullable TokenLogprobs logprobs) {}

    /** Prints it: the prompt's table, then every text with its own; several have headings. */
    void print(GenerationResult result) {
        List<Output> outputs = result.outputs();
        List<PromptToken> prompt = result.promptTokens();
        if (prompt != null) {
            out.println("prompt:");
            printTable(prompt.stream().map(t -> new Row(t.tokenId(), t.logprobs())).toList());
        }
        if (prompt != null && outputs.stream().allMatch(AnswerReport::isUnwanted)) {
            return;
        }
        boolean headed = prompt != null || outputs.size() > 1;
        for (int i = 0; i < outputs.size(); i++) {
            if (prompt != null || i > 0) {
                out.println();
            }
            if (headed) {
                out.println(heading(i, outputs));
            }
            print(outputs.get(i));
        }
    }

    /** Whether no token was asked for, only the prompt's log-probabilities. */
    private static boolean isUnwanted(Output output) {
        return output.text().isEmpty()
                && output.tokenIds().isEmpty()
                && output.finishReason() == FinishReason.LENGTH;
    }

    private static String heading(int index, List<Output> outputs) {
        Output output = outputs.get(index);
        String which =
                outputs.size() == 1 ? "text" : "text %d of %d".formatted(index + 1, outputs.size());
        return "%s (%s, %s):"
                .formatted(
                        which,
                        counted(output.tokenIds().size(), "token"),
                        output.finishReason().wireName());
    }

    private void print(Output output) {
        out.println(output.text());
        List<TokenLogprobs> logprobs = output.logprobs();
        if (logprobs != null && !logprobs.isEmpty()) {
            out.println();
            printTable(logprobs.stream().map(token -> new Row(token.tokenId(), token)).toList());
        }
    }

    private void printTable(List<Row> rows) {
        int width = NARROWEST_TOKEN;
        for (Row row : rows) {
            width = Math.max(width, quoted(row.tokenId()).length());
        }
        String format = "%10s  %8s  %-" + width + "s  %s";
        boolean alternatives =
                rows.stream()
                        .anyMatch(
                                row ->
                                        row.logprobs() != null
                                                && row.logprobs().topIds().length > 0);
        out.println(
                format.formatted("logprob", "token id", "token", alternatives ? "likeliest" : "")
                        .stripTrailing());
        for (Row row : rows) {
            TokenLogprobs logprobs = row.logprobs();
            out.println(
                    format.formatted(
                                    logprobs == null ? NONE : number(logprobs.logprob()),
                                    row.tokenId(),
                                    quoted(row.tokenId()),
                                    logprobs == null ? "" : alternatives(logprobs))
                            .stripTrailing());
        }
    }

    private String alternatives(TokenLogprobs logprobs) {
        List<String> alternatives = new ArrayList<>();
        for (int i = 0; i < logprobs.topIds().length; i++) {
            alternatives.add(
                    quoted(logprobs.topIds()[i]) + " " + number(logprobs.topLogprobs()[i]));
        }
        return String.join(", ", alternatives);
    }

    private static String number(double logprob) {
        return logprob <= TokenLogprobs.FLOOR
                ? "-inf"
                : String.format(Locale.ROOT, "%.4f", logprob);
    }

    /** The text of a token between quotes, all of it visible and on one line. */
    private String quoted(int tokenId) {
        String named =
                texts.apply(tokenId)
                        .replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                        .replace("\t", "\\t");
        return '"' + PrintableText.escaped(named) + '"';
    }

    /** One line that sums an answer up. */
    static String stats(long seed, GenerationResult result) {
        Usage usage = result.usage();
        String dropped =
                usage.truncatedTokens() == 0
                        ? ""
                        : " (the first %d dropped)".formatted(usage.truncatedTokens());
        String reasons =
                result.texts().stream()
                        .map(text -> text.reason().wireName())
                        .collect(Collectors.joining(", "));
        long first = result.timing().firstTokenNanos();
        String speed =
                first < 0
                        ? ""
                        : String.format(Locale.ROOT, "; first token after %.1f ms", first / 1e6);
        if (result.tokensPerSecond().isPresent()) {
            speed +=
                    String.format(
                            Locale.ROOT,
                            ", then %.1f tokens/s",
                            result.tokensPerSecond().getAsDouble());
        }
        return "seed %d; %s%s, %d generated (%s)%s"
                .formatted(
                        seed,
                        counted(usage.promptTokens(), "prompt token"),
                        dropped,
                        usage.generatedTokens(),
                        reasons,
                        speed);
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
