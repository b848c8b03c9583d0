package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tokenizer.TokenDecoder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One sample of a request while it is worked on: its tokens and how many of them have keys and
 * values. Belongs to the loop's thread.
 *
 * <p>The window is what a forward pass sees: all tokens, or the last context_length of them once a
 * sequence has outgrown the context. A window that moved is computed anew from position 0.
 */
final class Sequence {

    private final SequenceGroup owner;
    private final int sample;
    private final TokenDecoder decoder;
    private final int context;
    private final TokenHistory history;
    private final StopMatcher stops;
    private final @Nullable Speculation speculation;
    private @Nullable KvCache cache; // null while it has no room
    private int windowStart;
    private int computed;
    private long lastTokenNanos;
    private boolean asleep;
    private boolean paused;

    /**
     * @param owner the request
     * @param sample which of its texts
     * @param cache what it may use, with what is known of the prompt
     * @param decoder for the text that follows the prompt
     * @param context most positions that a forward pass sees
     */
    Sequence(SequenceGroup owner, int sample, KvCache cache, TokenDecoder decoder, int context) {
        this.owner = owner;
        this.sample = sample;
        this.cache = cache;
        this.decoder = decoder;
        this.context = context;
        EngineRequest request = owner.request();
        history = new TokenHistory(request.prompt().tokenIds(), request.sampling().constraint());
        stops = new StopMatcher(owner.stopTexts(), request.stops().length().least());
        speculation = owner.request().texts().search().speculates() ? new Speculation() : null;
        computed = cache.reused();
    }

    SequenceGroup owner() {
        return owner;
    }

    EngineRequest request() {
        return owner.request();
    }

    GenerationStream stream() {
        return owner.stream();
    }

    int sample() {
        return sample;
    }

    KvCache cache() {
        return Objects.requireNonNull(cache);
    }

    /** Whether it has room for its keys and values; without, it takes part in no step. */
    boolean hasRoom() {
        return cache != null;
    }

    /** Gives its room back. What was computed is lost, not what was generated. */
    void giveUpRoom() {
        if (cache != null) {
            cache.close();
            cache = null;
            computed = 0;
        }
    }

    /** Goes on in new room, with what is known of its window. */
    void takeRoom(KvCache room) {
        cache = room;
        computed = room.reused();
    }

    /** Its tokens so far, a copy. */
    int[] tokenIds() {
        return Arrays.copyOf(history.tokenIds(), history.length());
    }

    TokenDecoder decoder() {
        return decoder;
    }

    StopMatcher stops() {
        return stops;
    }

    TokenHistory history() {
        return history;
    }

    /** Whether the text is all that its constraint lets it be. */
    boolean isComplete() {
        TokenConstraint.State constraint = history.constraint();
        return constraint != null && constraint.isComplete();
    }

    /** Whether the text is whole, and its constraint has no time for more. */
    boolean isSpent() {
        TokenConstraint.State constraint = history.constraint();
        return constraint != null && constraint.isSpent();
    }

    /** Tokens of the window that have no keys and values yet. */
    int pending() {
        int last = request().isOfPromptAlone() ? 1 : 0; // what would follow it is not wanted
        return asleep ? 0 : history.length() - windowStart - computed - last;
    }

    /** Keeps its place without taking part in steps. */
    void sleep() {
        asleep = true;
    }

    /** Goes on as another sequence of the request, which has not slid and has as many tokens. */
    void follow(Sequence other) {
        asleep = false;
        history.copyFrom(other.history);
        computed = other.computed;
        cache().follow(other.cache(), computed);
    }

    /** Positions of the window computed so far. */
    int computed() {
        return computed;
    }

    /** The token at a position of the window, or the one guessed for it. */
    int tokenAt(int position) {
        int index = windowStart + position;
        return index < history.length()
                ? history.tokenIds()[index]
                : guess(index - history.length());
    }

    /**
     * Guesses what comes after the next token, if the request wants that.
     *
     * @param limit most guesses
     */
    void speculate(int limit) {
        if (speculation != null) {
            int left = request().stops().length().most() - generated() - 1;
            int room = hasSlid() ? 0 : context - history.length();
            speculation.propose(history, Math.min(limit, Math.min(left, room)));
        }
    }

    /** Tokens guessed for this step. */
    int guesses() {
        return speculation == null ? 0 : speculation.length();
    }

    /** The i-th guess. */
    int guess(int i) {
        return Objects.requireNonNull(speculation).token(i);
    }

    /** Tells how many guesses were right; there are none afterwards. */
    void judgeGuesses(int right) {
        if (speculation != null && speculation.length() > 0) {
            speculation.learn(right);
            speculation.clear();
        }
    }

    /** Whether logits are wanted for the prompt tokens that come now, to score the next ones. */
    boolean scoresPrompt() {
        return sample == 0
                && request().texts().logprobs().ofPrompt()
                && !hasSlid()
                && generated() == 0
                && request().prompt().length() > 1;
    }

    /** More positions have keys and values; pages that are full now are offered to others. */
    void markComputed(int count) {
        computed += count;
        if (!hasSlid()) {
            cache().offer(history.tokenIds(), computed);
        }
    }

    /** Whether all of the prompt is in the cache, from position 0. */
    boolean holdsPrompt() {
        return !hasSlid() && computed >= request().prompt().length();
    }

    /** Whether it has outgrown the context, so that its whole window is computed for each token. */
    boolean hasSlid() {
        return windowStart > 0;
    }

    /** Whether it has something to compute, and somebody to read what comes of it. */
    boolean isReady() {
        return pending() > 0 && !stream().isFull();
    }

    /** Whether it could take part in steps and has to wait. */
    boolean isPaused() {
        return paused;
    }

    void setPaused(boolean paused) {
        this.paused = paused;
    }

    int generated() {
        return history.generated();
    }

    /** The last of its tokens. */
    int lastTokenId() {
        return history.tokenIds()[history.length() - 1];
    }

    void append(int tokenId, long now) {
        if (owner.beams() == null) {
            count(now);
        }
        history.append(tokenId);
        lastTokenNanos = now;
        if (history.length() - windowStart > context) {
            windowStart = history.length() - context;
            computed = 0;
        }
    }

    private void count(long now) {
        if (generated() == 0) {
            owner.countFirstToken(now);
        } else {
            owner.countLaterToken(now, now - lastTokenNanos);
        }
    }

    /** When the last token came, if one has. */
    long lastTokenNanos() {
        return lastTokenNanos;
    }
}
