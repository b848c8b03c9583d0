package dev.kaya.benchmark;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.StepBatch;

/** One sequence on its way from prompt to its last token, which is fed back to nobody. */
final class Run implements AutoCloseable {

    private final int[] prompt;
    private final int newTokens;
    private final KvCache cache;
    private int computed;
    private int generated;
    private int lastToken;
    private int outputIndex = -1;

    /**
     * @param prompt its tokens
     * @param newTokens to decode after the one that the prompt gives
     * @param cache empty, with room for both
     */
    Run(int[] prompt, int newTokens, KvCache cache) {
        this.prompt = prompt;
        this.newTokens = newTokens;
        this.cache = cache;
    }

    KvCache cache() {
        return cache;
    }

    boolean hasGenerated() {
        return generated > 0;
    }

    boolean isDone() {
        return generated > newTokens;
    }

    /** Tokens not yet computed. */
    int pending() {
        return prompt.length + generated - computed;
    }

    /**
     * Adds its next tokens to a step.
     *
     * @param count at most {@link #pending()}
     * @return positions that they see, summed
     */
    long addTo(StepBatch batch, int count) {
        long positions = 0;
        boolean completes = count == pending();
        for (int i = 0; i < count; i++, computed++) {
            int token = computed < prompt.length ? prompt[computed] : lastToken;
            outputIndex = batch.add(token, computed, cache, completes && i == count - 1);
            positions += computed + 1;
        }
        return positions;
    }

    /** Tokens that its steps have computed; its last one sees as many positions. */
    int computed() {
        return computed;
    }

    /** Which row of the step's logits is its own, or −1; asked once. */
    int takeOutputIndex() {
        int index = outputIndex;
        outputIndex = -1;
        return index;
    }

    void append(int tokenId) {
        lastToken = tokenId;
        generated++;
    }

    @Override
    public void close() {
        cache.close();
    }
}
