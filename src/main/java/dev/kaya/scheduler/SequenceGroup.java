package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.engine.tokenizer.TokenDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request from its acceptance to its end: which samples have begun and ended, and when what
 * happened. Belongs to the loop's thread.
 */
final class SequenceGroup {

    private static final long NEVER = Long.MIN_VALUE;

    private final EngineRequest request;
    private final GenerationStream stream;
    private final int context;
    private final Supplier<TokenDecoder> decoders;
    private final @Nullable BeamGroup beams;
    private final StopTexts stopTexts;
    private final List<Sequence> running = new ArrayList<>();
    private int begun;
    private int overtaken;
    private int generated;
    private int cachedTokens;
    private @Nullable FinishReason firstReason;
    private long admittedNanos = NEVER;
    private long firstTokenNanos = NEVER;
    private long lastTokenNanos = NEVER;
    private long laterTokens;
    private long textNanos;
    private boolean over;

    /**
     * @param request what was asked
     * @param stream where its events go
     * @param context most positions that a forward pass sees
     * @param decoders one for the text of each sample
     * @param beams of the request; null when it draws samples
     */
    SequenceGroup(
            EngineRequest request,
            GenerationStream stream,
            int context,
            Supplier<TokenDecoder> decoders,
            @Nullable BeamGroup beams) {
        this.request = request;
        this.stream = stream;
        this.context = context;
        this.decoders = decoders;
        this.beams = beams;
        stopTexts = beams == null ? new StopTexts(request.stops().texts()) : beams.stopTexts();
    }

    EngineRequest request() {
        return request;
    }

    GenerationStream stream() {
        return stream;
    }

    /** Its beams; null when it draws samples. */
    @Nullable BeamGroup beams() {
        return beams;
    }

    /** Strings that end its texts. */
    StopTexts stopTexts() {
        return stopTexts;
    }

    /** Sequences that it begins with, all at once. */
    int places() {
        BeamSearch.Rules rules = request.texts().search().beams();
        return rules == null ? 1 : rules.width();
    }

    /** Most positions that a sample will ever hold; the last new token is never fed back. */
    int positionsNeeded() {
        return Math.min(context, request.positions());
    }

    /** Whether a sample may outgrow the context, so that its window moves. */
    boolean maySlide() {
        return request.positions() > context;
    }

    /** Begins the next sample. */
    Sequence begin(KvCache room, long now) {
        if (admittedNanos == NEVER) {
            admittedNanos = now;
            cachedTokens = room.reused();
        }
        var sequence = new Sequence(this, begun++, room, decoders.get(), context);
        running.add(sequence);
        if (beams != null) {
            beams.add(sequence);
        }
        return sequence;
    }

    boolean wasAdmitted() {
        return admittedNanos != NEVER;
    }

    /** Samples begun so far. */
    int begun() {
        return begun;
    }

    /** Whether a sample has not begun yet. */
    boolean hasMore() {
        return beams == null && begun < request.samples();
    }

    /** Whether it has a right to a place that none of its samples takes now. */
    boolean isBetweenSamples() {
        return running.isEmpty() && hasMore() && !stream.isFull();
    }

    /** Samples that have begun and not ended. */
    List<Sequence> running() {
        return running;
    }

    /** Another request was admitted before this one, which had come earlier. */
    void countOvertaking() {
        overtaken++;
    }

    int overtaken() {
        return overtaken;
    }

    /** It has what it waited for. */
    void forgetOvertakings() {
        overtaken = 0;
    }

    void ended(Sequence sequence, FinishReason reason) {
        running.remove(sequence);
        if (sequence.sample() == 0) {
            firstReason = reason;
        }
    }

    /** All its sequences end as one. */
    List<Sequence> endAll() {
        List<Sequence> all = List.copyOf(running);
        running.clear();
        return all;
    }

    /** A sample got its first token. */
    void countFirstToken(long now) {
        generated++;
        note(now);
    }

    /** A sample got another token, some time after the one before. */
    void countLaterToken(long now, long nanos) {
        generated++;
        countPace(nanos);
        note(now);
    }

    /**
     * Its beams, one step together, are a token longer; what they are in the end is one text's pace
     * and not the sum of theirs.
     *
     * @return how long they took for it; −1 for the first
     */
    long countBeams(long now) {
        long nanos = lastTokenNanos == NEVER ? -1 : now - lastTokenNanos;
        if (nanos >= 0) {
            countPace(nanos);
        }
        note(now);
        return nanos;
    }

    private void countPace(long nanos) {
        laterTokens++;
        textNanos += nanos;
    }

    private void note(long now) {
        if (firstTokenNanos == NEVER) {
            firstTokenNanos = now;
        }
        lastTokenNanos = now;
    }

    /** Tokens of all samples, or of the texts that beams have found. */
    int generated() {
        return beams == null ? generated : beams.tokensTold();
    }

    int cachedTokens() {
        return cachedTokens;
    }

    /** Why sample 0 ended; null while it has not. */
    @Nullable FinishReason firstReason() {
        return firstReason;
    }

    /** Nothing more will happen to it. */
    void close() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    GenerationEvent.Timing timing(long now) {
        long arrival = request.arrivalNanos();
        boolean wrote = firstTokenNanos != NEVER;
        return new GenerationEvent.Timing(
                (wasAdmitted() ? admittedNanos : now) - arrival,
                wrote ? firstTokenNanos - admittedNanos : -1,
                wrote ? firstTokenNanos - arrival : -1,
                wrote ? lastTokenNanos - firstTokenNanos : -1,
                now - arrival,
                new GenerationEvent.Pace(laterTokens, textNanos));
    }
}
