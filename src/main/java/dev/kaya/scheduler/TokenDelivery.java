package dev.kaya.scheduler;

import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.scheduler.GenerationEvent.Fault;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what a step brings to the streams of those who wait for it, and ends what is complete: a
 * text with its last token, and a request with its last text. Belongs to the loop's thread.
 */
final class TokenDelivery implements StepRunner.Results {

    private static final Logger LOG = LoggerFactory.getLogger(TokenDelivery.class);

    private final Tokenizer tokenizer;
    private final Scheduler scheduler;
    private final AdmissionQueue queue;
    private final LoopObserver observer;
    private final LongSupplier clock;

    /**
     * @param tokenizer of the model
     * @param scheduler who gets the places of what has ended
     * @param queue in which requests wait
     * @param observer who hears of tokens and ends
     * @param clock in nanoseconds
     */
    TokenDelivery(
            Tokenizer tokenizer,
            Scheduler scheduler,
            AdmissionQueue queue,
            LoopObserver observer,
            LongSupplier clock) {
        this.tokenizer = tokenizer;
        this.scheduler = scheduler;
        this.queue = queue;
        this.observer = observer;
        this.clock = clock;
    }

    @Override
    public void scored(Sequence sequence, List<TokenLogprobs> tokens) {
        sequence.stream().add(new GenerationEvent.PromptScored(tokens));
    }

    @Override
    public boolean picked(Sequence sequence, int tokenId, @Nullable TokenLogprobs logprobs) {
        FinishReason reason = take(sequence, tokenId, logprobs);
        if (reason != null) {
            end(sequence, reason);
        }
        return reason == null;
    }

    @Override
    public void scoredAll(Sequence sequence) {
        end(sequence.owner(), FinishReason.LENGTH, null);
    }

    @Override
    public void speculated(int guesses, int right) {
        observer.onSpeculated(guesses, right);
    }

    @Override
    public void failed(Sequence sequence, Fault fault) {
        end(sequence.owner(), FinishReason.ERROR, fault);
    }

    /** Takes a token; tells why the text ends with it, or null if it does not. */
    private @Nullable FinishReason take(
            Sequence sequence, int tokenId, @Nullable TokenLogprobs logprobs) {
        EngineRequest.StopRules stops = sequence.request().stops();
        boolean mayEnd = sequence.generated() >= stops.length().least();
        if (mayEnd && stops.isEos(tokenId)) {
            return FinishReason.EOS;
        }
        if (mayEnd && stops.isStop(tokenId)) {
            return FinishReason.STOP;
        }
        if (emit(sequence, tokenId, logprobs) || sequence.isComplete()) {
            return FinishReason.STOP;
        }
        boolean full = sequence.generated() == stops.length().most();
        return full || sequence.isSpent() ? FinishReason.LENGTH : null;
    }

    @Override
    public void ranked(Sequence sequence) {
        SequenceGroup owner = sequence.owner();
        BeamGroup beams = Objects.requireNonNull(owner.beams());
        long now = clock.getAsLong();
        boolean goesOn = beams.advance(now);
        long nanos = beams.grew() ? owner.countBeams(now) : -1;
        if (nanos >= 0) {
            observer.onToken(nanos);
        }
        if (!goesOn) {
            end(owner, FinishReason.LENGTH, null);
        }
    }

    /** Hands a token out; tells whether its text completes one that ends the whole. */
    private boolean emit(Sequence sequence, int tokenId, @Nullable TokenLogprobs logprobs) {
        long now = clock.getAsLong();
        if (sequence.generated() > 0) {
            observer.onToken(now - sequence.lastTokenNanos());
        }
        boolean special = tokenizer.isSpecial(tokenId);
        String decoded = special ? "" : sequence.decoder().feed(tokenId);
        String text = sequence.stops().feed(decoded, sequence.generated());
        sequence.append(tokenId, now);
        sequence.stream()
                .add(new GenerationEvent.Token(sequence.sample(), tokenId, text, logprobs));
        return sequence.stops().isMet();
    }

    /** One text is complete, and with the last one its request. */
    private void end(Sequence sequence, FinishReason reason) {
        SequenceGroup owner = sequence.owner();
        retire(sequence, reason);
        FinishReason first = owner.firstReason();
        if (first != null && owner.running().isEmpty() && !owner.hasMore()) {
            finish(owner, first, null);
        }
    }

    /**
     * Ends a request as a whole, whatever its samples have; what fails meanwhile is its own alone.
     */
    void end(SequenceGroup group, FinishReason reason, @Nullable Fault fault) {
        try {
            endWhole(group, reason, fault);
        } catch (RuntimeException | AssertionError | OutOfMemoryError e) {
            LOG.error("A request could not be ended as it should", e);
            abandon(group, fault == null ? Fault.SAMPLING : fault);
        }
    }

    private void abandon(SequenceGroup group, Fault fault) {
        for (Sequence sequence : group.endAll()) {
            scheduler.remove(sequence);
            sequence.giveUpRoom();
        }
        if (!group.isOver()) {
            finish(group, FinishReason.ERROR, fault);
        }
    }

    private void endWhole(SequenceGroup group, FinishReason reason, @Nullable Fault fault) {
        BeamGroup beams = group.beams();
        if (beams != null) {
            for (Sequence sequence : group.endAll()) {
                scheduler.remove(sequence);
                sequence.giveUpRoom();
            }
            finish(group, beams.tell(group.stream(), reason), fault);
            return;
        }
        boolean cut = group.hasMore();
        while (!group.running().isEmpty()) {
            cut |= retire(group.running().getFirst(), reason) == reason;
        }
        for (int sample = group.begun(); sample < group.request().samples(); sample++) {
            group.stream().add(new GenerationEvent.SampleFinished(sample, reason));
        }
        finish(
                group,
                cut ? reason : Objects.requireNonNullElse(group.firstReason(), reason),
                fault);
    }

    /** Ends one text; tells why: perhaps by a string that only its very end completes. */
    private FinishReason retire(Sequence sequence, FinishReason given) {
        String heldBack = sequence.stops().finish(sequence.decoder().finish());
        boolean stops = sequence.stops().isMet() && !given.isAborted();
        FinishReason reason = stops ? FinishReason.STOP : given;
        scheduler.remove(sequence);
        sequence.owner().ended(sequence, reason);
        sequence.giveUpRoom();
        if (!heldBack.isEmpty()) {
            sequence.stream().add(GenerationEvent.Token.textOnly(sequence.sample(), heldBack));
        }
        sequence.stream().add(new GenerationEvent.SampleFinished(sequence.sample(), reason));
        return reason;
    }

    private void finish(SequenceGroup group, FinishReason reason, @Nullable Fault fault) {
        group.close();
        scheduler.remove(group);
        if (!group.wasAdmitted()) {
            queue.leave(group.request());
        }
        var finished =
                new GenerationEvent.Finished(
                        reason, group.cachedTokens(), group.timing(clock.getAsLong()), fault);
        scheduler.publishCounts();
        try {
            observer.onFinished(group.request(), group.generated(), finished);
        } finally {
            group.stream().add(finished);
        }
    }
}
