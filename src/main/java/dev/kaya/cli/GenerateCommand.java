package dev.kaya.cli;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Continues a prompt and streams the text to the terminal. */
@Command(
        name = "generate",
        description = "Continue a prompt and stream the text to the terminal.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {

    private static final Duration FOREVER = Duration.ofDays(1);
    private static final int LONGEST = 1_000_000;

    @Option(
            names = "--checkpoint",
            paramLabel = "PATH",
            defaultValue = "checkpoints/stories",
            description = "Weight file, or folder with one (default: ${DEFAULT-VALUE}).")
    private Path checkpoint;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "The text to continue (default: the model's beginning of text).")
    private String prompt;

    @Option(
            names = {"--max_new_tokens", "--max-new-tokens"},
            paramLabel = "N",
            description = "Most tokens to generate (default: 100).")
    private @Nullable Integer maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Logits are divided by it; 0 is greedy (default: the model's, or 0.8).")
    private @Nullable Double temperature;

    @Option(
            names = {"--top_k", "--top-k"},
            paramLabel = "K",
            description = "Keep the K likeliest tokens; 0 keeps all (default: the model's, or 50).")
    private @Nullable Integer topK;

    @Option(
            names = {"--top_p", "--top-p"},
            paramLabel = "P",
            description =
                    "Keep the likeliest tokens whose probabilities sum to P; 1 keeps all (default:"
                            + " the model's, or 0.95).")
    private @Nullable Double topP;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "Repeats a text (default: drawn, and told with --stats).")
    private @Nullable Long seed;

    @Option(
            names = "--greedy",
            description = "Always take the likeliest token; the same as --temperature 0.")
    private boolean greedy;

    @Option(
            names = {"--ignore_eos", "--ignore-eos"},
            description = "Go on after the model's end of text.")
    private boolean ignoreEos;

    @Option(
            names = {"--allow_special_tokens", "--allow-special-tokens"},
            description = "Special tokens written in the prompt become those tokens.")
    private boolean allowSpecialTokens;

    @Option(
            names = {"--response_format", "--response-format"},
            paramLabel = "JSON",
            description =
                    "What the text looks like, as in a request: {\"type\": \"regex\", \"pattern\":"
                            + " …} or {\"type\": \"json_schema\", …}; or @ and a file with it.")
    private @Nullable String responseFormat;

    @Option(
            names = {"--context_overflow", "--context-overflow"},
            paramLabel = "POLICY",
            description = "At the context's end: slide, stop or error (default: the model's).")
    private @Nullable String contextOverflow;

    @Option(
            names = {"-f", "--field"},
            paramLabel = "NAME=VALUE",
            description =
                    "Any other field of POST /v1/generate, its value as JSON or plain text, such as"
                            + " min_p=0.05, stop=END or logit_bias={\"42\": -100}. Repeatable.")
    private Map<String, String> fields = new LinkedHashMap<>();

    @CommandLine.Mixin private EngineOptions engine;

    @Option(names = "--stats", description = "Print seed, tokens and speed to standard error.")
    private boolean stats;

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Made by picocli, which fills the fields. */
    @SuppressWarnings("NullAway.Init")
    GenerateCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (greedy && temperature != null && temperature != 0) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--greedy and --temperature cannot both be given");
        }
        GenerationSpec request = request();
        try (var models =
                new ModelRegistry(
                        new ModelRegistry.Settings("model", Duration.ZERO),
                        source(),
                        ModelObserver.NONE)) {
            models.warm();
            models.loading().get();
            generate(
                    new GenerationService(
                            models,
                            new GenerationService.Settings(
                                    new ServiceLimits(LONGEST, 1, true, FOREVER),
                                    SamplingDefaults.Configured.NOTHING),
                            ServiceObserver.NONE,
                            new MemoryBudget(Long.MAX_VALUE)),
                    request);
            return CommandLine.ExitCode.OK;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), cause);
        }
    }

    private ModelSource source() {
        var memory =
                new LoopSettings.Memory(
                        LoopSettings.Memory.WHAT_IS_LEFT, engine.kvCache(), FOREVER);
        var compute =
                new LoopSettings.Compute(
                        engine.threads(spec.commandLine()), engine.kernels(spec.commandLine()));
        return new LocalModelSource(
                checkpoint,
                engine.load(spec.commandLine()),
                new LoopSettings(compute, 1, new LoopSettings.Queue(1, 1), 256, memory),
                RequestMemory.OF_ONE);
    }

    private void generate(GenerationService service, GenerationSpec request)
            throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (Generation generation =
                service.submit(request, true, Caller.patient(System.nanoTime()))) {
            while (true) {
                GenerationEvent event = generation.next(FOREVER);
                if (event instanceof Token token) {
                    out.print(token.text());
                    out.flush();
                } else if (event instanceof Finished end) {
                    GenerationResult result = generation.result(end);
                    out.println();
                    out.flush();
                    if (stats) {
                        printStats(generation, result);
                    }
                    return;
                }
            }
        }
    }

    private GenerationSpec request() throws IOException {
        GenerationSpec.Builder request = GenerationSpec.builder();
        try {
            for (Map.Entry<String, String> field : fields.entrySet()) {
                RequestFields.set(request, field.getKey(), field.getValue());
            }
            if (responseFormat != null) {
                RequestFields.setJson(
                        request, "response_format", "--response_format", contents(responseFormat));
            }
        } catch (RequestFields.WrongValueException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), String.valueOf(e.getMessage()));
        }
        return withOptions(request.prompt(prompt)).build();
    }

    /** An option of its own wins over a field; one that is absent leaves it alone. */
    private GenerationSpec.Builder withOptions(GenerationSpec.Builder request) {
        if (maxNewTokens != null) {
            request.maxNewTokens(maxNewTokens);
        }
        if (greedy || temperature != null) {
            request.temperature(greedy ? Double.valueOf(0) : temperature);
        }
        if (topK != null) {
            request.topK(topK);
        }
        if (topP != null) {
            request.topP(topP);
        }
        if (seed != null) {
            request.seed(seed);
        }
        if (ignoreEos) {
            request.ignoreEos(true);
        }
        if (allowSpecialTokens) {
            request.allowSpecialTokens(true);
        }
        if (contextOverflow != null) {
            request.contextOverflow(contextOverflow);
        }
        return request;
    }

    private static String contents(String given) throws IOException {
        return given.startsWith("@") ? Files.readString(Path.of(given.substring(1))) : given;
    }

    private void printStats(Generation generation, GenerationResult result) {
        spec.commandLine()
                .getErr()
                .printf(
                        Locale.ROOT,
                        "seed %d; %d prompt tokens, %d generated (%s); first token after %.1f ms,"
                                + " then %.1f tokens/s%n",
                        generation.seed(),
                        result.usage().promptTokens(),
                        result.generated(),
                        result.outputs().getFirst().finishReason().wireName(),
                        result.timing().firstTokenNanos() / 1e6,
                        result.tokensPerSecond().orElse(0));
    }
}
