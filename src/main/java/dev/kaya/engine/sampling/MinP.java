package dev.kaya.engine.sampling;

/**
 * Keeps the tokens whose probability is at least a share of the likeliest one's (Nguyen et al.
 * 2024, as Hugging Face's {@code MinPLogitsWarper}). The likeliest always stays.
 */
final class MinP {

    private MinP() {}

    /**
     * @param p from 0, which keeps all, to 1
     */
    static void apply(Candidates candidates, double p) {
        if (p == 0) {
            return;
        }
        Softmax.weigh(candidates); // the highest weight is exactly 1
        int kept = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.weights()[i] >= p) {
                candidates.keep(i, kept++);
            }
        }
        candidates.truncate(kept);
    }
}
