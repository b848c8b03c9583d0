package dev.kaya.engine.sampling;

/**
 * Keeps the smallest set of tokens, by falling probability, whose sum reaches p (nucleus sampling,
 * Holtzman et al. 2020). Of equal probabilities the lower id counts first; at least one stays.
 */
final class TopP {

    private final BestFirst order;
    private final boolean[] kept;

    /**
     * @param vocabulary most candidates
     */
    TopP(int vocabulary) {
        order = new BestFirst(vocabulary);
        kept = new boolean[vocabulary];
    }

    /**
     * @param p above 0; 1 keeps all
     */
    void apply(Candidates candidates, double p) {
        if (p >= 1) {
            return;
        }
        double sum = Softmax.weigh(candidates);
        double target = p * sum;
        // All that weigh less than this are together half of what is left out at most.
        double least = (1 - p) * sum / candidates.size() / 2;
        // By scores, because two of them may round to the same probability.
        order.begin(candidates.scores(), candidates.weights(), least, candidates.size());
        double reached = 0;
        for (boolean first = true; order.hasNext() && (first || reached < target); first = false) {
            int likeliest = order.next();
            kept[likeliest] = true;
            reached += candidates.weights()[likeliest];
        }
        int position = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (kept[i]) {
                kept[i] = false;
                candidates.keep(i, position++);
            }
        }
        candidates.truncate(position);
    }
}
