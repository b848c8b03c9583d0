package dev.kaya.service.answer;

import dev.kaya.backend.ModelCard;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Fault;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Found;
import dev.kaya.scheduler.GenerationEvent.PromptScored;
import dev.kaya.scheduler.GenerationEvent.SampleFinished;
import dev.kaya.scheduler.GenerationEvent.Timing;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.GenerationStream;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.RequestValidator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An accepted request: its events as they come, or all of them folded into a result. Both ways read
 * the same stream, so an answer at once and an answer in pieces are the same text.
 *
 * <p>Belongs to the thread of its request.
 */
public final class Generation implements AutoCloseable {

    private final String id;
    private final Instant created;
    private final ModelCard model;
    private final RequestValidator.Validated valid;
    private final GenerationStream stream;
    private final Runnable release;
    private final List<GeneratedText> samples = new ArrayList<>();
    private final TokenLog promptLogprobs;
    private final Iterator<Token> echoes;
    private @Nullable Finished finished;

    /**
     * An accepted request.
     *
     * @param id of the answer
     * @param model that answers
     * @param valid the request, checked
     * @param stream of the backend
     * @param release what gives back all that the answer holds; may be run more than once
     */
    public Generation(
            String id,
            ModelCard model,
            RequestValidator.Validated valid,
            GenerationStream stream,
            Runnable release) {
        this.id = id;
        this.model = model;
        this.valid = valid;
        this.stream = stream;
        this.release = release;
        created = Instant.now();
        EngineRequest request = valid.request();
        int[] prompt = request.prompt().tokenIds();
        var source =
                new GeneratedText.Source(
                        valid.echo(),
                        model.vocabulary().tokenizer(),
                        () ->
                                model.vocabulary()
                                        .tokenizer()
                                        .decoder(model.vocabulary().isStart(prompt)));
        for (int i = 0; i < request.samples(); i++) {
            samples.add(
                    new GeneratedText(source, request.stops().length().most(), tellsLogprobs()));
        }
        promptLogprobs = new TokenLog(prompt.length);
        echoes = new Echo(valid.echo(), request.samples());
    }

    /** A name for this answer, unique to it. */
    public String id() {
        return id;
    }

    /** When the request was accepted. */
    public Instant created() {
        return created;
    }

    /** Which model answers. */
    public String modelName() {
        return model.name();
    }

    /** What a token stands for; U+FFFD for bytes that are no characters by themselves. */
    public String text(int tokenId) {
        return model.vocabulary().tokenizer().text(tokenId);
    }

    /**
     * The bytes a token stands for, from 0 to 255: UTF-8 or a part of it.
     *
     * @return null for a special token, which is no text
     */
    public int @Nullable [] bytes(int tokenId) {
        Tokenizer tokenizer = model.vocabulary().tokenizer();
        if (tokenizer.isSpecial(tokenId)) {
            return null;
        }
        byte[] bytes = tokenizer.bytes(tokenId);
        int[] unsigned = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            unsigned[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return unsigned;
    }

    /** Given, or drawn. */
    public long seed() {
        return valid.request().sampling().seed();
    }

    /**
     * The next event.
     *
     * @return null when none came within {@code patience}
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public @Nullable GenerationEvent next(Duration patience) throws InterruptedException {
        if (echoes.hasNext()) {
            return echoes.next();
        }
        GenerationEvent event = stream.next(patience);
        switch (event) {
            case null -> {}
            case Token token -> keep(token);
            case Found found -> keep(found);
            case PromptScored scored -> scored.tokens().forEach(promptLogprobs::add);
            case SampleFinished end -> samples.get(end.sample()).end(end.reason());
            case Finished end -> finished = end;
        }
        return event;
    }

    private void keep(Token token) {
        GeneratedText sample = samples.get(token.sample());
        sample.addText(token.text());
        if (token.tokenId() != Token.NO_TOKEN) {
            sample.add(token.tokenId(), token.logprobs());
        }
    }

    private void keep(Found found) {
        GeneratedText sample = samples.get(found.sample());
        sample.addText(found.text());
        List<TokenLogprobs> logprobs = found.logprobs();
        for (int i = 0; i < found.tokenIds().size(); i++) {
            sample.add(found.tokenIds().get(i), logprobs.isEmpty() ? null : logprobs.get(i));
        }
    }

    /** Whether the client wants to know the log-probabilities of generated tokens. */
    public boolean tellsLogprobs() {
        return valid.wanted().tellsLogprobs();
    }

    /**
     * Waits for the end, unless nobody wants it any more.
     *
     * @param interval after which to ask when nothing comes
     * @param abandoned asked after every event and interval; once it says true, the generation is
     *     given up
     * @return null when it was given up
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws GenerationException.Failed when the generation failed
     */
    public @Nullable GenerationResult await(Duration interval, BooleanSupplier abandoned)
            throws InterruptedException {
        while (true) {
            if (next(interval) instanceof Finished end) {
                return result(end);
            }
            if (abandoned.getAsBoolean()) {
                return null;
            }
        }
    }

    /**
     * How far a generation has come.
     *
     * @param promptTokens before any were dropped
     * @param cachedTokens of them taken from the prefix cache; 0 before the end
     * @param generatedTokens read so far
     * @param reason of the end; cancelled as long as it has not been read
     * @param timing of the whole; null before the end
     */
    public record Progress(
            int promptTokens,
            int cachedTokens,
            int generatedTokens,
            FinishReason reason,
            @Nullable Timing timing) {}

    /** How far it has come, by the events read. */
    public Progress progress() {
        int generated = generatedTokens();
        Finished end = finished;
        int prompt = valid.promptTokens();
        return end == null
                ? new Progress(prompt, 0, generated, FinishReason.CANCELLED, null)
                : new Progress(prompt, end.cachedTokens(), generated, end.reason(), end.timing());
    }

    private int generatedTokens() {
        int generated = 0;
        for (GeneratedText sample : samples) {
            generated += sample.size();
        }
        return generated;
    }

    /**
     * The answer, once the last event was read.
     *
     * @param end the last event
     * @throws GenerationException.Failed when the generation failed
     * @throws GenerationException.Unavailable when the server stops and could not wait for it
     */
    public GenerationResult result(Finished end) {
        Fault fault = end.fault();
        if (fault != null) {
            throw fault == Fault.STOPPED
                    ? GenerationException.Unavailable.stopping()
                    : new GenerationException.Failed(fault.message());
        }
        var usage =
                new GenerationResult.Usage(
                        valid.promptTokens(),
                        valid.truncatedTokens(),
                        end.cachedTokens(),
                        generatedTokens());
        boolean scored = valid.wanted().texts().logprobs().ofPrompt();
        return new GenerationResult(
                likeliest(), scored ? promptLogprobs() : null, usage, end.timing());
    }

    /** The texts to answer with: all of them, or the best of them, the best first. */
    private List<GeneratedText> likeliest() {
        int answered = valid.wanted().answered();
        if (answered == samples.size()) {
            return samples;
        }
        List<GeneratedText> ranked = new ArrayList<>(samples);
        ranked.sort(Comparator.comparingDouble(GeneratedText::meanLogprob).reversed());
        return ranked.subList(0, answered);
    }

    /** Of the tokens that entered the model; the first of the prompt follows nothing. */
    private List<GenerationResult.PromptToken> promptLogprobs() {
        int[] ids = valid.request().prompt().tokenIds();
        return new IndexedList<>(ids.length, i -> promptToken(ids[i], i - 1));
    }

    private GenerationResult.PromptToken promptToken(int id, int scored) {
        boolean known = scored >= 0 && scored < promptLogprobs.size();
        return new GenerationResult.PromptToken(id, known ? promptLogprobs.logprobs(scored) : null);
    }

    /**
     * Tells the loop that nobody listens any more, and gives back what the answer held; harmless
     * when done twice.
     */
    @Override
    public void close() {
        release.run();
        if (finished == null) {
            stream.cancel();
        }
    }
}
