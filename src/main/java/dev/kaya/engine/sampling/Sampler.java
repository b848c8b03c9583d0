package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.kernel.Kernels;
import org.jspecify.annotations.Nullable;

/**
 * Logits to a token id: penalties, biases and bans, temperature, then the filters in the design's
 * order (top_k, top_p, min_p, typical_p), then the draw.
 *
 * <p>Scratch is sized for the vocabulary once and shared by all sequences; one thread's.
 */
public final class Sampler {

    /**
     * What {@link #sample} returns when a logit is NaN or infinite, or all that may be picked are
     * minus infinity. One that is minus infinity is a token that cannot come.
     */
    public static final int FAULT = -1;

    // Logits divided by less than this could leave the range of floats; the limit is greedy anyway.
    private static final float LOWEST_TEMPERATURE = 1e-6f;

    private final boolean[] allowed;
    private final LogitBlocks blocks;
    private final RowScan row;
    private final LogitsEditor editor;
    private final Candidates candidates;
    private final TopK topK = new TopK();
    private final TopP topP;
    private final TypicalP typicalP;
    private final float[] logProbabilities;

    /**
     * @param allowed for every id of the vocabulary, whether it can be sampled at all; at least one
     */
    public Sampler(boolean[] allowed) {
        this.allowed = allowed.clone();
        blocks = new LogitBlocks(this.allowed);
        row = new RowScan(allowed.length);
        editor = new LogitsEditor(this.allowed);
        candidates = new Candidates(allowed.length);
        topP = new TopP(allowed.length);
        typicalP = new TypicalP(allowed.length);
        logProbabilities = new float[allowed.length];
    }

    /** Looks at logits and weighs tokens with these kernels from now on; with plain ones before. */
    public void use(Kernels kernels) {
        blocks.use(kernels);
        row.use(kernels);
        candidates.use(kernels);
    }

    /**
     * Picks the next token.
     *
     * @param logits of the vocabulary, beginning at {@code offset}; not changed
     * @param params of the request
     * @param history of the sequence
     * @param sample which of the request's samples
     * @return its id, or {@link #FAULT}
     */
    public int sample(
            float[] logits, int offset, SamplingParams params, TokenHistory history, int sample) {
        // No model computes NaN or infinity unless something went wrong.
        if (!blocks.read(logits, offset)) {
            return FAULT;
        }
        if (LogitsEditor.isNeeded(params, history)
                && !blocks.read(editor.edit(logits, offset, params, history), 0)) {
            return FAULT;
        }
        if (params.temperature() < LOWEST_TEMPERATURE) {
            return likeliest();
        }
        Filters filters = params.filters();
        blocks.gather(topK.bound(blocks, filters.topK()), candidates);
        if (candidates.size() == 0) {
            return FAULT;
        }
        divide(candidates, params.temperature());
        topK.apply(candidates, filters.topK());
        topP.apply(candidates, filters.topP());
        MinP.apply(candidates, filters.minP());
        typicalP.apply(candidates, filters.typicalP());
        return draw(Randomness.uniform(params.seed(), sample, history.generated()));
    }

    /**
     * How likely the model found a token, whatever the request makes of its logits.
     *
     * @param logits of the vocabulary, beginning at {@code offset}; not changed
     * @param tokenId the token
     * @param top how many of the likeliest tokens to tell beside it
     * @return null when a logit is NaN or infinite, or all are minus infinity
     */
    public @Nullable TokenLogprobs score(float[] logits, int offset, int tokenId, int top) {
        LogSoftmax scores = scores(logits, offset, top);
        return scores == null ? null : scores.of(tokenId);
    }

    /** The same for any token. */
    public @Nullable LogSoftmax scores(float[] logits, int offset, int top) {
        return row.read(logits, offset) ? new LogSoftmax(logits, offset, row, top) : null;
    }

    /**
     * Log-probabilities to rank tokens by: penalties and biases apply to them, as in Hugging Face's
     * beam search.
     *
     * @param logits of the vocabulary, beginning at {@code offset}; not changed
     * @param params of the request
     * @param history of the beam
     * @return of every id, minus infinity for those that cannot come, valid until the next call;
     *     null when a logit is NaN or infinite, or none is left
     */
    public float @Nullable [] logProbabilities(
            float[] logits, int offset, SamplingParams params, TokenHistory history) {
        if (!row.read(logits, offset)) {
            return null;
        }
        double normalizer = row.normalizer();
        for (int id = 0; id < allowed.length; id++) {
            logProbabilities[id] = (float) (logits[offset + id] - normalizer);
        }
        float[] edited = logProbabilities;
        if (LogitsEditor.isNeeded(params, history)) {
            edited = editor.edit(logProbabilities, 0, params, history);
        }
        boolean left = false;
        for (int id = 0; id < allowed.length; id++) {
            edited[id] = allowed[id] ? edited[id] : Float.NEGATIVE_INFINITY;
            left |= edited[id] > Float.NEGATIVE_INFINITY;
        }
        return left ? edited : null;
    }

    /** The highest logit; of equal ones the lowest id. */
    private int likeliest() {
        int best = FAULT;
        int id = blocks.next(0, Float.NEGATIVE_INFINITY);
        while (id < allowed.length) {
            best = id;
            id = blocks.next(id + 1, blocks.logit(id));
        }
        return best;
    }

    /** Walks the weights in the order of ids until their running sum passes the drawn share. */
    private int draw(double uniform) {
        double threshold = uniform * Softmax.weigh(candidates);
        double reached = 0;
        int last = candidates.size() - 1;
        for (int i = 0; i < last; i++) {
            reached += candidates.weights()[i];
            if (reached > threshold) {
                return candidates.tokenId(i);
            }
        }
        return candidates.tokenId(lastWithWeight(last));
    }

    /** Rounding may leave the walk at the end: the last token that has any weight is meant then. */
    private int lastWithWeight(int last) {
        int i = last;
        while (i > 0 && candidates.weights()[i] == 0) {
            i--;
        }
        return i;
    }

    /**
     * Divides scores by the temperature (Ackley, Hinton and Sejnowski 1985), as Hugging Face's
     * {@code TemperatureLogitsWarper}.
     */
    static void divide(Candidates candidates, float temperature) {
        float[] scores = candidates.scores();
        int size = candidates.size();
        float highest = Softmax.highest(candidates);
        // A softmax does not see a shift; without one the likeliest would be lost in infinity.
        float shift = Float.isInfinite(highest / temperature) ? highest : 0f;
        for (int i = 0; i < size; i++) {
            scores[i] = (scores[i] - shift) / temperature;
        }
    }
}
