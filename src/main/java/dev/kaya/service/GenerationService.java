package dev.kaya.service;

import dev.kaya.scheduler.GenerationStream;
import dev.kaya.scheduler.LoopStoppedException;
import dev.kaya.scheduler.QueueFullException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/** The use case: a request in, a running generation out. Thread-safe. */
public final class GenerationService {

    private static final HexFormat HEX = HexFormat.of();

    private final ModelService models;
    private final ServiceObserver observer;

    /**
     * @param models the model
     * @param observer who hears of refusals
     */
    public GenerationService(ModelService models, ServiceObserver observer) {
        this.models = models;
        this.observer = observer;
    }

    /**
     * Checks a request and hands it to the loop.
     *
     * @param request as it came
     * @param streams whether its texts are sent on as they come
     * @param arrivalNanos {@code System.nanoTime()} when it came
     * @param clientLeft whether the client has left; asked on this thread where checking takes long
     * @return where the tokens will come; close it when nobody wants them
     * @throws GenerationException when it is refused
     */
    public Generation submit(
            GenerationRequest request,
            boolean streams,
            long arrivalNanos,
            BooleanSupplier clientLeft) {
        try {
            ServedModel served = models.current();
            RequestValidator validator = served.validator();
            RequestValidator.Validated valid =
                    streams
                            ? validator.validateStreamed(request, arrivalNanos, clientLeft)
                            : validator.validate(request, arrivalNanos, clientLeft);
            int positions = valid.task().positions();
            BeamRules.requireRoom(valid.task(), served.loop().mostSequences(positions));
            GenerationStream stream = served.loop().submit(valid.task());
            return new Generation(newId(), served.model(), valid, stream);
        } catch (QueueFullException e) {
            throw rejected(new GenerationException.Overloaded(e));
        } catch (LoopStoppedException e) {
            throw rejected(GenerationException.Unavailable.stopping());
        } catch (GenerationException e) {
            throw rejected(e);
        }
    }

    /** The same for a client that stays. */
    public Generation submit(GenerationRequest request, boolean streams, long arrivalNanos) {
        return submit(request, streams, arrivalNanos, () -> false);
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
     * A token and what it stands for.
     *
     * @param tokenId its id
     * @param text its text; U+FFFD for bytes that are no characters by themselves
     */
    public record TokenText(int tokenId, String text) {}

    /**
     * The tokens of a text, without BOS.
     *
     * @throws GenerationException when the vocabulary lacks a character
     */
    public List<TokenText> tokenize(String text, boolean allowSpecialTokens) {
        ServedModel served = models.current();
        int[] ids = served.validator().tokenize(text, allowSpecialTokens, "text");
        TokenText[] tokens = new TokenText[ids.length];
        for (int i = 0; i < ids.length; i++) {
            tokens[i] = new TokenText(ids[i], served.model().tokenizer().text(ids[i]));
        }
        return List.of(tokens);
    }

    /**
     * The text of tokens, special ones included.
     *
     * @throws GenerationException when an id is not in the vocabulary
     */
    public String detokenize(int[] tokenIds) {
        ServedModel served = models.current();
        served.validator().checkIds(tokenIds, "token_ids");
        return served.model().tokenizer().decode(tokenIds);
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
