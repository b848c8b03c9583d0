package dev.kaya.engine.sampling;

import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.PackedMatrix;

/**
 * The tokens that may still come next, in the order of their ids, each with its score. Filters
 * remove from it. Made once for a vocabulary and filled anew for every draw; one thread's.
 */
public final class Candidates {

    private final int[] tokenIds;
    private final float[] scores;
    private final double[] weights;
    private final float[] selection;
    private Kernels kernels = KernelProvider.scalar();
    private int size;

    /**
     * @param vocabulary most candidates
     */
    public Candidates(int vocabulary) {
        tokenIds = new int[vocabulary];
        scores = new float[vocabulary];
        weights = new double[vocabulary];
        selection = new float[PackedMatrix.padded(vocabulary)];
    }

    /** Weighs with these kernels from now on; with plain ones before. */
    void use(Kernels edition) {
        kernels = edition;
    }

    /** Removes all. */
    void clear() {
        size = 0;
    }

    /** Adds a token whose id is above all others here. */
    void add(int tokenId, float score) {
        tokenIds[size] = tokenId;
        scores[size] = score;
        size++;
    }

    /** How many are left. */
    int size() {
        return size;
    }

    /** The id of the i-th. */
    int tokenId(int i) {
        return tokenIds[i];
    }

    /** The score of the i-th: a logit until the softmax, whatever filters made of it. */
    float score(int i) {
        return scores[i];
    }

    /** Scores of all, the first {@link #size()} of this array. */
    float[] scores() {
        return scores;
    }

    /** Unnormalised probabilities, the first {@link #size()}; see {@link Softmax}. */
    double[] weights() {
        return weights;
    }

    /** What weighs them. */
    Kernels kernels() {
        return kernels;
    }

    /** Scratch of the size of the vocabulary, and whole vectors. */
    float[] selection() {
        return selection;
    }

    /** Keeps the i-th, moving it to {@code position ≤ i}; for filters that walk upwards. */
    void keep(int i, int position) {
        tokenIds[position] = tokenIds[i];
        scores[position] = scores[i];
        weights[position] = weights[i];
    }

    /** Forgets all from {@code size} on. */
    void truncate(int size) {
        this.size = size;
    }
}
