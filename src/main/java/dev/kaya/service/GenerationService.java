package dev.kaya.service;

import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import dev.kaya.service.answer.AnswerSize;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.TokenizedText;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.BeamSearchParser;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationRequest;
import dev.kaya.service.request.RequestValidator;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** The use case: a request in, a running generation out. Thread-safe. */
public final class GenerationService {

    private static final HexFormat HEX = HexFormat.of();

    private final ModelService models;
    private final ServiceObserver observer;
    private final MemoryBudget answers;

    /**
     * @param models the model
     * @param observer who hears of refusals
     * @param answers memory for all answers that are being made
     */
    public GenerationService(ModelService models, ServiceObserver observer, MemoryBudget answers) {
        this.models = models;
        this.observer = observer;
        this.answers = answers;
    }

    /**
     * Checks a request and hands it to the loop.
     *
     * @param request as it came
     * @param streams whether its texts are sent on as they come
     * @param caller who sends it
     * @return where the tokens will come; close it when nobody wants them
     * @throws GenerationException when it is refused
     */
    public Generation submit(GenerationRequest request, boolean streams, Caller caller) {
        try {
            ServedModel served = models.current();
            RequestValidator validator = served.validator();
            RequestValidator.Validated valid =
                    streams
                            ? validator.validateStreamed(request, caller)
                            : validator.validate(request, caller);
            int positions = valid.task().positions();
            BeamSearchParser.requireRoom(valid.task(), served.loop().mostSequences(positions));
            return started(served, valid);
        } catch (QueueFullException e) {
            throw rejected(new GenerationException.Overloaded(e));
        } catch (LoopStoppedException e) {
            throw rejected(GenerationException.Unavailable.stopping());
        } catch (GenerationException e) {
            throw rejected(e);
        }
    }

    private Generation started(ServedModel served, RequestValidator.Validated valid)
            throws QueueFullException, LoopStoppedException {
        AnswerSize size = AnswerSize.of(valid);
        size.requireWithin(answers.mostForOne());
        MemoryBudget.Reservation memory = reserved(size.bytes());
        try {
            GenerationStream stream = served.loop().submit(valid.task());
            return new Generation(newId(), served.model(), valid, stream, memory);
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
        observer.onRejected(exception.code());
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
     * @return to be closed when they have been told
     * @throws GenerationException when the vocabulary lacks a character, or there is no memory for
     *     the answer
     */
    public TokenizedText tokenize(String text, boolean allowSpecialTokens) {
        ServedModel served = models.current();
        return tokens(served, served.validator().tokenize(text, allowSpecialTokens, "text"));
    }

    /**
     * The text of tokens, special ones included.
     *
     * @return to be closed when it has been told
     * @throws GenerationException when an id is not in the vocabulary, or there is no memory for
     *     the answer
     */
    public TokenizedText detokenize(int[] tokenIds) {
        ServedModel served = models.current();
        served.validator().checkIds(tokenIds, "token_ids");
        return tokens(served, tokenIds);
    }

    private TokenizedText tokens(ServedModel served, int[] ids) {
        MemoryBudget.Reservation memory = reserved((long) Integer.BYTES * ids.length);
        return new TokenizedText(served.model().tokenizer(), ids, memory);
    }

    /**
     * The model, if it is ready and, where a name is given, of that name.
     *
     * @throws GenerationException when it is not
     */
    public ServedModel model(String name) {
        ServedModel served = models.current();
        if (!served.model().card().name().equals(name)) {
            throw new GenerationException.UnknownModel(name, served.model().card().name());
        }
        return served;
    }

    /** The model, if it is ready. */
    public ServedModel model() {
        return models.current();
    }
}
