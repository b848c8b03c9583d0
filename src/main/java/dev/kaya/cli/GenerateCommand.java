package dev.kaya.cli;

import dev.kaya.engine.ModelLoader;
import dev.kaya.registry.LocalModelSource;
import dev.kaya.registry.ModelObserver;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.registry.ModelSource;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.GenerationService;
import dev.kaya.service.ServiceObserver;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Continues a prompt and prints the text, as it comes where that is possible. */
@Command(
        name = "generate",
        description = {
            "Continue a prompt and print the text.",
            "A single text is printed as it comes; several, those that beams find and tables of"
                    + " log-probabilities when they are complete."
        },
        footer = {
            "",
            "Examples:",
            "  kaya generate --prompt \"Once upon a time\" --max_new_tokens=50 --seed=7",
            "  kaya generate --prompt \"Once\" --n=3 --temperature=1.2",
            "  kaya generate --prompt \"Once\" --num_beams=4 --logprobs=2",
            "  kaya generate --checkpoint out/ckpt.pt -f min_p=0.05 -f stop=END"
        },
        sortOptions = false,
        modelTransformer = RequestOptions.class,
        mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {

    private static final Duration FOREVER = Duration.ofDays(1);
    private static final int LONGEST = 1_000_000;
    private static final int MOST_TEXTS = 1024;

    @Option(
            names = "--checkpoint",
            paramLabel = "PATH",
            defaultValue = "checkpoints/stories",
            description = "Weight file, or folder with one (default: ${DEFAULT-VALUE}).")
    private Path checkpoint;

    @CommandLine.Mixin private EngineOptions engine;

    @CommandLine.Mixin private KernelOption kernel;

    @Option(
            names = "--stats",
            description = "Print the seed, numbers of tokens and the speed to standard error.")
    private boolean stats;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    GenerateCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        GenerationSpec request = RequestOptions.read(spec.commandLine().getParseResult());
        try (var models =
                new ModelRegistry(
                        new ModelRegistry.Settings(ModelLoader.nameOf(checkpoint), Duration.ZERO),
                        source(request),
                        ModelObserver.NONE)) {
            models.warm();
            models.loading().get();
            generate(
                    new GenerationService(
                            models,
                            new GenerationService.Settings(
                                    new ServiceLimits(LONGEST, MOST_TEXTS, true, FOREVER),
                                    SamplingDefaults.Configured.NOTHING),
                            ServiceObserver.NONE,
                            new MemoryBudget(Long.MAX_VALUE)),
                    request);
            return CommandLine.ExitCode.OK;
        } catch (ExecutionException e) {
            throw causeOf(e);
        }
    }

    /** What kept the model from being served, as it was thrown where that may be passed on. */
    private static IOException causeOf(ExecutionException failed) {
        return switch (failed.getCause()) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IOException(failed);
        };
    }

    private ModelSource source(GenerationSpec request) {
        var memory =
                new LoopSettings.Memory(
                        LoopSettings.Memory.WHAT_IS_LEFT, engine.kvCache(), FOREVER);
        var compute =
                new LoopSettings.Compute(
                        engine.threads(spec.commandLine()), kernel.preferred(spec.commandLine()));
        return new LocalModelSource(
                checkpoint,
                engine.load(spec.commandLine()),
                new LoopSettings(
                        compute,
                        sequences(request),
                        new LoopSettings.Queue(1, 1),
                        LoopSettings.USUAL_STEP_TOKENS,
                        memory),
                RequestMemory.OF_ONE);
    }

    /** Beams need a place each, and other texts can wait; what is no number is refused later. */
    private static int sequences(GenerationSpec request) {
        int texts = Math.max(orOne(request.samples()), orOne(request.bestOf()));
        int together = Math.min(texts, LoopSettings.USUAL_SEQUENCES);
        return Math.clamp(Math.max(together, orOne(request.beams())), 1, MOST_TEXTS);
    }

    private static int orOne(@Nullable Integer given) {
        return given == null ? 1 : given;
    }

    /** Whether nothing but one text is printed, whose end need not be known. */
    private static boolean isPrintedAsItComes(GenerationSpec request) {
        return orOne(request.samples()) == 1
                && orOne(request.bestOf()) == 1
                && orOne(request.beams()) == 1
                && request.logprobs() == null
                && request.promptLogprobs() == null;
    }

    private void generate(GenerationService service, GenerationSpec request)
            throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        boolean streams = isPrintedAsItComes(request);
        try (Generation generation =
                service.submit(request, streams, Caller.patient(System.nanoTime()))) {
            GenerationResult result = null;
            while (result == null) {
                GenerationEvent event = generation.next(FOREVER);
                if (streams && event instanceof Token token) {
                    out.print(token.text());
                    requireReader(out);
                } else if (event instanceof Finished end) {
                    result = generation.result(end);
                }
            }
            if (streams) {
                out.println();
            } else {
                new AnswerReport(out, generation::text).print(result);
            }
            requireReader(out);
            if (stats) {
                spec.commandLine().getErr().println(AnswerReport.stats(generation.seed(), result));
            }
        }
    }

    /** Ends when nobody reads what is printed, as behind a pipe into head. */
    private static void requireReader(PrintWriter out) throws IOException {
        if (out.checkError()) {
            throw new IOException("standard output is closed, or takes no more");
        }
    }
}
