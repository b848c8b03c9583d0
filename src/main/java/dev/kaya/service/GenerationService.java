package dev.kaya.service;

import dev.kaya.backend.Backend;
import dev.kaya.backend.ModelCard;
import dev.kaya.registry.ModelLease;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.registry.ModelUnavailableException;
import dev.kaya.registry.ServedModel;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import dev.kaya.service.answer.AnswerSize;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.TokenizedText;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.request.BeamSearchParser;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.RequestValidator;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The use case: a request in, a running generation out. Thread-safe. */
public final class GenerationService {

    private static final HexFormat HEX = HexFormat.of();

    private final ModelRegistry models;
    private final Settings settings;
    private final ServiceObserver observer;
    private final MemoryBudget answers;
    private final ConcurrentMap<ServedModel, RequestValidator> validators =
            new ConcurrentHashMap<>();

    /**
     * What is asked of requests, whichever model they are for.
     *
     * @param limits of requests
     * @param configured defaults of the operator
     */
    public record Settings(ServiceLimits limits, SamplingDefaults.Configured configured) {}

    /**
     * Serves the models of a registry.
     *
     * @param models which there are
     * @param settings what is asked of requests
     * @param observer who hears of refusals
     * @param answers memory for all answers that are being made
     */
    public GenerationService(
            ModelRegistry models,
            Settings settings,
            ServiceObserver observer,
            MemoryBudget answers) {
        this.models = models;
        this.settings = settings;
        this.observer = observer;
        this.answers = answers;
        models.whenClosing(model -> validator(model).close());
    }

    /** The rules of a model's requests, which keep what was compiled for them. */
    private RequestValidator validator(ServedModel model) {
        return validators.computeIfAbsent(
                model,
                served ->
                        new RequestValidator(
                                served.card(), settings.limits(), defaults(served.card())));
    }

    private SamplingDefaults defaults(ModelCard card) {
        return SamplingDefaults.resolve(settings.configured(), card.defaults());
    }

    private ModelLease lease(@Nullable String name) {
        try {
            return models.lease(name);
        } catch (ModelUnavailableException e) {
            throw switch (e.reason()) {
                case LOADING -> GenerationException.Unavailable.loading();
                case STOPPING -> GenerationException.Unavailable.stopping();
                case UNKNOWN ->
                        new GenerationException.UnknownModel(String.valueOf(name), models.name());
            };
        }
    }

    /**
     * Checks a request and hands it to its model.
     *
     * @param request what is asked for
     * @param streams whether its texts are sent on as they come
     * @param caller who sends it
     * @return where the tokens will come; close it when nobody wants them
     * @throws GenerationException when it is refused
     */
    public Generation submit(GenerationSpec request, boolean streams, Caller caller) {
        try {
            ModelLease lease = lease(request.model());
            try {
                return started(lease, request, streams, caller);
            } catch (QueueFullException | LoopStoppedException | RuntimeException e) {
                lease.close();
                throw e;
            }
        } catch (QueueFullException e) {
            throw rejected(new GenerationException.Overloaded(e));
        } catch (LoopStoppedException e) {
            throw rejected(GenerationException.Unavailable.stopping());
        } catch (GenerationException e) {
            throw rejected(e);
        }
    }

    private Generation started(
            ModelLease lease, GenerationSpec request, boolean streams, Caller caller)
            throws QueueFullException, LoopStoppedException {
        RequestValidator validator = validator(lease.model());
        RequestValidator.Validated valid =
                streams
                        ? validator.validateStreamed(request, caller)
                        : validator.validate(request, caller);
        Backend backend = lease.model().backend();
        BeamSearchParser.requireRoom(
                valid.request(), backend.mostSequences(valid.request().positions()));
        AnswerSize size = AnswerSize.of(valid);
        size.requireWithin(answers.mostForOne());
        MemoryBudget.Reservation memory = reserved(size.bytes());
        try {
            GenerationStream stream = backend.start(valid.request());
            Runnable release =
                    () -> {
                        memory.close();
                        lease.close();
                    };
            return new Generation(newId(), lease.model().card(), valid, stream, release);
        } catch (QueueFullException | LoopStoppedException | RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private MemoryBudget.Reservation reserved(long bytes) {
        MemoryBudget.Reservation memory = answers.reserve(bytes);
        if (memory == null) {
            throw GenerationException.Overloaded.tooBusy(
                    "the answers of other requests take too much memory", answers.mostForOne());
        }
        return memory;
    }

    private GenerationException rejected(GenerationException exception) {
        observer.onRejected(models.name(), exception.code());
        return exception;
    }

    private static String newId() {
        byte[] random = new byte[12];
        ThreadLocalRandom.current().nextBytes(random);
        return "gen-" + HEX.formatHex(random);
    }

    /**
     * The tokens of a text, without BOS.
     *
     * @return to be closed when they have been sent
     * @throws GenerationException when the vocabulary lacks a character, or there is no memory for
     *     the answer
     */
    public TokenizedText tokenize(String text, boolean allowSpecialTokens) {
        try (ModelLease lease = lease(null)) {
            ServedModel model = lease.model();
            return tokens(
                    model, validator(model).tokenize(text, allowSpecialTokens, RequestField.TEXT));
        }
    }

    /**
     * The text of tokens, special ones included.
     *
     * @return to be closed when it has been sent
     * @throws GenerationException when an id is not in the vocabulary, or there is no memory for
     *     the answer
     */
    public TokenizedText detokenize(int[] tokenIds) {
        try (ModelLease lease = lease(null)) {
            ServedModel model = lease.model();
            validator(model).checkIds(tokenIds, RequestField.TOKEN_IDS);
            return tokens(model, tokenIds);
        }
    }

    private TokenizedText tokens(ServedModel model, int[] ids) {
        MemoryBudget.Reservation memory = reserved((long) Integer.BYTES * ids.length);
        return new TokenizedText(model.card().vocabulary().tokenizer(), ids, memory);
    }

    /**
     * A model and the terms of its requests.
     *
     * @param name of the model; null for the one there is
     * @throws GenerationException when it is not ready, or there is none of that name
     */
    public ModelTerms model(@Nullable String name) {
        try (ModelLease lease = lease(name)) {
            ServedModel model = lease.model();
            return new ModelTerms(model, settings.limits(), defaults(model.card()));
        }
    }
}
