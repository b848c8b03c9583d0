package dev.kaya.service.request;

import dev.kaya.backend.ModelCard;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.EngineRequest.Length;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.StopRules;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns a request into a request: defaults filled in, limits checked, text tokenized, seed drawn.
 * What comes out is never checked again.
 */
public final class RequestValidator implements AutoCloseable {

    private static final int NEWLINE = '\n';

    private final ModelCard model;
    private final ServiceLimits limits;
    private final SamplingDefaults defaults;
    private final SamplingParser sampling;
    private final StopParser stops;
    private final OutputParser texts;
    private final ResponseFormatParser formats;

    /**
     * @param model whose context and tokenizer count
     * @param limits of requests
     * @param defaults for absent fields
     */
    public RequestValidator(ModelCard model, ServiceLimits limits, SamplingDefaults defaults) {
        this.model = model;
        this.limits = limits;
        this.defaults = defaults;
        sampling = new SamplingParser(model, defaults);
        stops = new StopParser(model);
        texts = new OutputParser(limits);
        formats = new ResponseFormatParser(model, limits);
    }

    /**
     * A checked request.
     *
     * @param request for the scheduler
     * @param wanted of the texts
     * @param promptTokens tokens of the prompt before any were dropped
     * @param echo what every text begins with; empty unless the request wants its prompt there
     */
    public record Validated(
            EngineRequest request, OutputParser.Wanted wanted, int promptTokens, String echo) {
        /** Prompt tokens that a sliding window dropped at once. */
        public int truncatedTokens() {
            return promptTokens - request.prompt().tokenIds().length;
        }
    }

    /**
     * Checks a request.
     *
     * @param request as it came
     * @param caller who sends it
     * @throws GenerationException what is wrong with it
     */
    public Validated validate(GenerationSpec request, Caller caller) {
        String name = request.model();
        if (name != null && !name.equals(model.name())) {
            throw new GenerationException.UnknownModel(name, model.name());
        }
        int maxNewTokens = maxNewTokens(request);
        StopParser.Stops stop = stops.of(request, maxNewTokens);
        SamplingParams params = sampling.of(request, stop.minNewTokens(), stop.allTokenIds());
        OutputParser.Wanted wanted = texts.of(request);
        OverflowPolicy policy = policy(request, wanted);
        long deadline = deadline(request, caller.arrivalNanos());
        int[] prompt = promptIds(request);
        Window window = window(prompt, maxNewTokens, policy);
        var rules =
                new StopRules(
                        new Length(stop.minNewTokens(), window.maxNewTokens()),
                        stop.eosIds(),
                        stop.tokenIds(),
                        stop.texts(),
                        deadline);
        caller.tokenized().run();
        var checked =
                new EngineRequest(
                        new Prompt(window.tokenIds()),
                        params.within(formats.of(request, window.tokenIds(), rules, caller.left())),
                        rules,
                        wanted.texts(),
                        caller.arrivalNanos());
        String echo = Boolean.TRUE.equals(request.echo()) ? echo(request, prompt) : "";
        return new Validated(checked, wanted, prompt.length, echo);
    }

    /**
     * Checks a request whose answer is sent as it comes.
     *
     * @throws GenerationException what is wrong with it
     */
    public Validated validateStreamed(GenerationSpec request, Caller caller) {
        Validated valid = validate(request, caller);
        OutputParser.requireStreamable(valid.wanted());
        return valid;
    }

    /** Ends what takes long; requests that wait for it are refused at once. */
    @Override
    public void close() {
        formats.close();
    }

    private String echo(GenerationSpec request, int[] prompt) {
        String text = request.prompt();
        return text == null ? model.vocabulary().tokenizer().decode(prompt) : text;
    }

    private int maxNewTokens(GenerationSpec request) {
        Integer given = request.maxNewTokens();
        if (given == null) {
            return Math.min(defaults.maxNewTokens(), limits.maxNewTokens());
        }
        if (given < 0) {
            throw Invalid.outOfRange(RequestField.MAX_NEW_TOKENS, "be at least 0", 0, given);
        }
        if (given == 0) {
            requireUseOfPrompt(request);
        }
        if (given > limits.maxNewTokens()) {
            throw Invalid.outOfRange(
                    RequestField.MAX_NEW_TOKENS,
                    "be at most " + limits.maxNewTokens(),
                    limits.maxNewTokens(),
                    given);
        }
        return given;
    }

    /** Without new tokens the prompt must be of some use. */
    private static void requireUseOfPrompt(GenerationSpec request) {
        if (request.promptLogprobs() == null && !Boolean.TRUE.equals(request.echo())) {
            throw Invalid.outOfRange(
                    RequestField.MAX_NEW_TOKENS,
                    Wording.of(
                            "be at least 1, or 0 with ",
                            RequestField.PROMPT_LOGPROBS,
                            ", which scores the prompt alone, or with ",
                            RequestField.ECHO),
                    1,
                    0);
        }
        if (request.beams() != null && request.beams() > 1) {
            throw Invalid.field(
                    "conflicting_fields",
                    RequestField.NUM_BEAMS,
                    Wording.of(
                            RequestField.NUM_BEAMS,
                            " above 1 and ",
                            RequestField.MAX_NEW_TOKENS,
                            " 0 cannot both be given"));
        }
    }

    /** Beams do not slide: they are refused where they could. */
    private OverflowPolicy policy(GenerationSpec request, OutputParser.Wanted wanted) {
        String name = request.contextOverflow();
        if (name == null && wanted.texts().search().beams() != null) {
            return OverflowPolicy.ERROR;
        }
        if (name == null) {
            return model.context().stopsAtEnd() ? OverflowPolicy.STOP : OverflowPolicy.SLIDE;
        }
        for (OverflowPolicy policy : OverflowPolicy.values()) {
            if (policy.wireName().equals(name)) {
                return policy;
            }
        }
        throw Invalid.outOfRange(
                RequestField.CONTEXT_OVERFLOW,
                "be slide, stop or error",
                "slide, stop, error",
                Invalid.quoted(name));
    }

    private long deadline(GenerationSpec request, long arrivalNanos) {
        long timeoutMillis = limits.requestTimeout().toMillis();
        Long given = request.timeoutMs();
        if (given != null) {
            if (given < 1) {
                throw Invalid.outOfRange(RequestField.TIMEOUT_MS, "be at least 1", 1, given);
            }
            timeoutMillis = Math.min(given, timeoutMillis);
        }
        return arrivalNanos + timeoutMillis * 1_000_000;
    }

    private int[] promptIds(GenerationSpec request) {
        int[] given = request.promptTokenIds();
        if (given != null) {
            if (request.prompt() != null) {
                throw Invalid.field(
                        "conflicting_fields",
                        RequestField.PROMPT_TOKEN_IDS,
                        Wording.of(
                                RequestField.PROMPT,
                                " and ",
                                RequestField.PROMPT_TOKEN_IDS,
                                " cannot both be given"));
            }
            return checkedIds(given);
        }
        return encode(request.prompt(), Boolean.TRUE.equals(request.allowSpecialTokens()));
    }

    private int[] checkedIds(int[] given) {
        if (given.length == 0) {
            throw Invalid.outOfRange(RequestField.PROMPT_TOKEN_IDS, "not be empty", 1, "[]");
        }
        checkIds(given, RequestField.PROMPT_TOKEN_IDS);
        return given;
    }

    /** Every id must be one of the vocabulary; another is the client's mistake in {@code field}. */
    public void checkIds(int[] given, Location field) {
        int vocabulary = model.vocabulary().size();
        for (int i = 0; i < given.length; i++) {
            if (given[i] < 0 || given[i] >= vocabulary) {
                throw Invalid.limit(
                        "out_of_range",
                        field,
                        Wording.of(
                                field.at("[" + i + "]"),
                                " must be from 0 to ",
                                vocabulary - 1,
                                "; given ",
                                given[i]),
                        vocabulary - 1,
                        given[i]);
            }
        }
    }

    private int[] encode(@Nullable String prompt, boolean allowSpecialTokens) {
        int[] ids = tokenize(prompt == null ? "" : prompt, allowSpecialTokens, RequestField.PROMPT);
        SpecialTokens special = model.vocabulary().specialTokens();
        if (special.addBos()) {
            int[] withBos = new int[ids.length + 1];
            withBos[0] = special.bos().orElseThrow();
            System.arraycopy(ids, 0, withBos, 1, ids.length);
            return withBos;
        }
        return ids.length > 0 ? ids : new int[] {startToken()};
    }

    /** Ids of a text; a character without a token is the client's mistake in {@code field}. */
    public int[] tokenize(String text, boolean allowSpecialTokens, Location field) {
        try {
            return model.vocabulary().tokenizer().encode(text, allowSpecialTokens);
        } catch (UnencodableTextException e) {
            throw Invalid.field(
                    "unknown_character",
                    field,
                    Wording.of(field, ": ", String.valueOf(e.getMessage())));
        }
    }

    private int startToken() {
        SpecialTokens special = model.vocabulary().specialTokens();
        OptionalInt bos = special.bos();
        if (bos.isPresent()) {
            return bos.getAsInt();
        }
        if (!special.eos().isEmpty()) {
            return special.eos().get(0);
        }
        try {
            int[] newline =
                    model.vocabulary().tokenizer().encode(Character.toString(NEWLINE), false);
            if (newline.length == 1) {
                return newline[0];
            }
        } catch (UnencodableTextException e) {
            throw emptyPrompt();
        }
        throw emptyPrompt();
    }

    private static Invalid emptyPrompt() {
        return Invalid.field(
                "empty_prompt",
                RequestField.PROMPT,
                Wording.of(
                        RequestField.PROMPT,
                        " must not be empty: this model has no token to begin a text with"));
    }

    /** The tokens that enter the model, and how many may follow. */
    private record Window(int[] tokenIds, int maxNewTokens) {}

    private Window window(int[] prompt, int maxNewTokens, OverflowPolicy policy) {
        int context = model.context().length();
        int room = context + 1 - prompt.length;
        return switch (policy) {
            case SLIDE ->
                    new Window(
                            prompt.length <= context
                                    ? prompt
                                    : Arrays.copyOfRange(
                                            prompt, prompt.length - context, prompt.length),
                            maxNewTokens);
            case STOP -> {
                if (room < 1) {
                    throw tooLong(
                            Wording.of(
                                    "the prompt has %d tokens but the context only %d; shorten it"
                                            .formatted(prompt.length, context),
                                    " or set ",
                                    RequestField.CONTEXT_OVERFLOW,
                                    " to slide"),
                            context,
                            prompt.length);
                }
                yield new Window(prompt, Math.min(maxNewTokens, room));
            }
            case ERROR -> {
                if (maxNewTokens > room || prompt.length > context) {
                    throw tooLong(
                            Wording.of(
                                    "the prompt's ",
                                    prompt.length,
                                    " tokens and ",
                                    RequestField.MAX_NEW_TOKENS,
                                    " %d exceed the context of %d"
                                            .formatted(maxNewTokens, context)),
                            context,
                            prompt.length);
                }
                yield new Window(prompt, maxNewTokens);
            }
        };
    }

    private static Invalid tooLong(Wording message, int context, int given) {
        return Invalid.limit("context_exceeded", RequestField.PROMPT, message, context, given);
    }
}
