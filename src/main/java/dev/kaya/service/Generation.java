package dev.kaya.service;

import dev.kaya.scheduler.FinishReason;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.scheduler.GenerationStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

    private static final Duration PATIENCE = Duration.ofMillis(200);

    private final String id;
    private final Instant created;
    private final String modelName;
    private final RequestValidator.Validated request;
    private final GenerationStream stream;
    private boolean finished;
    private final List<Integer> tokenIds = new ArrayList<>();

    Generation(
            String id,
            String modelName,
            RequestValidator.Validated request,
            GenerationStream stream) {
        this.id = id;
        this.modelName = modelName;
        this.request = request;
        this.stream = stream;
        created = Instant.now();
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
        return modelName;
    }

    /** Given, or drawn. */
    public long seed() {
        return request.task().sampling().seed();
    }

    /**
     * The next event.
     *
     * @return null when none came within {@code patience}
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public @Nullable GenerationEvent next(Duration patience) throws InterruptedException {
        GenerationEvent event = stream.next(patience);
        if (event instanceof Token token && token.tokenId() != Token.NO_TOKEN) {
            tokenIds.add(token.tokenId());
        } else if (event instanceof Finished) {
            finished = true;
        }
        return event;
    }

    /**
     * Waits for the end, unless nobody wants it any more.
     *
     * @param abandoned asked a few times a second; once it says true, the generation is given up
     * @return null when it was given up
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws GenerationException.Failed when the generation failed
     */
    public @Nullable GenerationResult await(BooleanSupplier abandoned) throws InterruptedException {
        var text = new StringBuilder();
        long nextLook = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            GenerationEvent event = next(PATIENCE);
            if (event instanceof Token token) {
                text.append(token.text());
            } else if (event instanceof Finished end) {
                return result(text.toString(), end);
            }
            if (System.nanoTime() - nextLook >= 0) {
                if (abandoned.getAsBoolean()) {
                    return null;
                }
                nextLook = System.nanoTime() + PATIENCE.toNanos();
            }
        }
    }

    /**
     * The answer, once the last event was read.
     *
     * @param text of all tokens, or empty where it was sent already
     * @param end the last event
     * @throws GenerationException.Failed when the generation failed
     */
    public GenerationResult result(String text, Finished end) {
        if (end.reason() == FinishReason.ERROR) {
            String failure = end.failure();
            throw new GenerationException.Failed(
                    failure == null ? "the generation failed" : failure);
        }
        var usage = new GenerationResult.Usage(request.promptTokens(), request.truncatedTokens());
        return new GenerationResult(text, List.copyOf(tokenIds), end.reason(), usage, end.timing());
    }

    /** Tells the loop that nobody listens any more; harmless after the end. */
    @Override
    public void close() {
        if (!finished) {
            stream.cancel();
        }
    }
}
