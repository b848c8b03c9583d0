package dev.kaya.engine.sampling;

/**
 * Logits to a token id: the chain of filters in the design's order (temperature, top_k, top_p),
 * then the draw.
 *
 * <p>Scratch is sized for the vocabulary once and shared by all sequences; one thread's.
 */
public final class Sampler {

    /** What {@link #sample} returns when a logit is not a number or none is finite. */
    public static final int FAULT = -1;

    // Logits divided by less than this could leave the range of floats; the limit is greedy anyway.
    private static final float LOWEST_TEMPERATURE = 1e-6f;

    private final boolean[] allowed;
    private final Candidates candidates;
    private final TopK topK = new TopK();
    private final TopP topP;

    /**
     * @param allowed for every id of the vocabulary, whether it can be sampled at all; at least one
     */
    public Sampler(boolean[] allowed) {
        this.allowed = allowed.clone();
        candidates = new Candidates(allowed.length);
        topP = new TopP(allowed.length);
    }

    /**
     * Picks the next token.
     *
     * @param logits of the vocabulary, beginning at {@code offset}; not changed
     * @param params of the request
     * @param sample which of the request's samples
     * @param position which of the sample's tokens, from 0
     * @return its id, or {@link #FAULT}
     */
    public int sample(float[] logits, int offset, SamplingParams params, int sample, int position) {
        if (params.temperature() < LOWEST_TEMPERATURE) {
            return likeliest(logits, offset);
        }
        if (!gather(logits, offset)) {
            return FAULT;
        }
        Temperature.apply(candidates, params.temperature());
        topK.apply(candidates, params.topK());
        topP.apply(candidates, params.topP());
        return draw(Randomness.uniform(params.seed(), sample, position));
    }

    /** The highest logit; of equal ones the lowest id. */
    private int likeliest(float[] logits, int offset) {
        int best = FAULT;
        float highest = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < allowed.length; id++) {
            float logit = logits[offset + id];
            if (isFault(logit)) {
                return FAULT;
            }
            if (logit > highest && allowed[id]) {
                highest = logit;
                best = id;
            }
        }
        return best;
    }

    private boolean gather(float[] logits, int offset) {
        candidates.clear();
        for (int id = 0; id < allowed.length; id++) {
            float logit = logits[offset + id];
            if (isFault(logit)) {
                return false;
            }
            if (allowed[id] && logit != Float.NEGATIVE_INFINITY) {
                candidates.add(id, logit);
            }
        }
        return candidates.size() > 0;
    }

    /** No model computes these unless something went wrong, in ids that are not allowed too. */
    private static boolean isFault(float logit) {
        return Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY;
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
}
