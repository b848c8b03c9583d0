package dev.kaya.cli;

import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.weights.WeightFormat;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What decoding asks of the engine, and of the memory that it takes. */
final class EngineOptions {

    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--weights",
            paramLabel = "FORMAT",
            defaultValue = "auto",
            description =
                    "How matrices are kept in memory: auto as the file has them, f32, bf16 or q8"
                            + " (default: ${DEFAULT-VALUE}).")
    private WeightFormat weights;

    @Option(
            names = {"--kv-cache", "--kv_cache"},
            paramLabel = "TYPE",
            defaultValue = "f32",
            description = "How keys and values are kept: f32 or bf16 (default: ${DEFAULT-VALUE}).")
    private KvCacheType kvCache;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute (default: one for each processor).")
    private @Nullable Integer threads;

    @Option(
            names = "--context-length",
            paramLabel = "N",
            description =
                    "Most positions of a sequence, at most those of the checkpoint (default: the"
                            + " checkpoint's context).")
    private @Nullable Integer contextLength;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    EngineOptions() {}

    /**
     * How to load the checkpoint.
     *
     * @throws CommandLine.ParameterException when the context is no length
     */
    LoadOptions load(CommandLine command) {
        if (contextLength != null && contextLength < 1) {
            throw new CommandLine.ParameterException(
                    command, "--context-length must be at least 1; given " + contextLength);
        }
        return new LoadOptions(
                weights,
                contextLength == null ? OptionalInt.empty() : OptionalInt.of(contextLength));
    }

    KvCacheType kvCache() {
        return kvCache;
    }

    /**
     * Threads that compute.
     *
     * @throws CommandLine.ParameterException when the number given is out of range
     */
    int threads(CommandLine command) {
        if (threads == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (threads < 1) {
            throw new CommandLine.ParameterException(
                    command, "--threads must be at least 1; given " + threads);
        }
        if (threads > MOST_THREADS) {
            throw new CommandLine.ParameterException(
                    command, "--threads must be at most " + MOST_THREADS + "; given " + threads);
        }
        return threads;
    }
}
