package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.tokenizer.Utf8StreamDecoder;
import org.jspecify.annotations.Nullable;

/**
 * A task while it is worked on: its tokens, how many of them have keys and values, and when what
 * happened. Belongs to the loop's thread.
 *
 * <p>The window is what a forward pass sees: all tokens, or the last context_length of them once a
 * sliding sequence has outgrown the context. A window that moved is computed anew from position 0.
 */
final class Sequence {

    private static final long NEVER = Long.MIN_VALUE;

    private final GenerationTask task;
    private final GenerationStream stream;
    private final Utf8StreamDecoder decoder = new Utf8StreamDecoder();
    private final int context;
    private final int[] tokenIds;
    private int tokenCount;
    private int windowStart;
    private int computed;
    private @Nullable KvCache cache;
    private long admittedNanos = NEVER;
    private long firstTokenNanos = NEVER;
    private long lastTokenNanos = NEVER;

    Sequence(GenerationTask task, GenerationStream stream, int context) {
        this.task = task;
        this.stream = stream;
        this.context = context;
        int[] prompt = task.prompt().tokenIds();
        int most = Math.addExact(prompt.length, task.stops().maxNewTokens());
        tokenIds = new int[most];
        System.arraycopy(prompt, 0, tokenIds, 0, prompt.length);
        tokenCount = prompt.length;
    }

    GenerationTask task() {
        return task;
    }

    GenerationStream stream() {
        return stream;
    }

    Utf8StreamDecoder decoder() {
        return decoder;
    }

    /** Most positions that will ever be in the cache; the last new token is never fed back. */
    int positionsNeeded() {
        return Math.min(context, tokenIds.length - 1);
    }

    void admit(KvCache room, long now) {
        cache = room;
        admittedNanos = now;
    }

    boolean wasAdmitted() {
        return admittedNanos != NEVER;
    }

    KvCache cache() {
        KvCache room = cache;
        if (room == null) {
            throw new IllegalStateException("the sequence was not admitted");
        }
        return room;
    }

    void release() {
        KvCache room = cache;
        if (room != null) {
            room.close();
        }
    }

    /** Tokens of the window that have no keys and values yet. */
    int pending() {
        return tokenCount - windowStart - computed;
    }

    /** Positions of the window computed so far. */
    int computed() {
        return computed;
    }

    /** The token at a position of the window. */
    int tokenAt(int position) {
        return tokenIds[windowStart + position];
    }

    void markComputed(int count) {
        computed += count;
    }

    int generated() {
        return tokenCount - task.prompt().tokenIds().length;
    }

    void append(int tokenId, long now) {
        tokenIds[tokenCount++] = tokenId;
        if (firstTokenNanos == NEVER) {
            firstTokenNanos = now;
        }
        lastTokenNanos = now;
        if (tokenCount - windowStart > context) {
            windowStart = tokenCount - context;
            computed = 0;
        }
    }

    boolean hasGenerated() {
        return firstTokenNanos != NEVER;
    }

    long lastTokenNanos() {
        return lastTokenNanos;
    }

    GenerationEvent.Timing timing(long now) {
        long arrival = task.arrivalNanos();
        boolean begun = hasGenerated();
        return new GenerationEvent.Timing(
                (wasAdmitted() ? admittedNanos : now) - arrival,
                begun ? firstTokenNanos - admittedNanos : -1,
                begun ? firstTokenNanos - arrival : -1,
                begun ? lastTokenNanos - firstTokenNanos : -1,
                now - arrival);
    }
}
