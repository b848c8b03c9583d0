package dev.kaya.engine.sampling;

/**
 * Keeps the tokens whose information is closest to what is expected, the entropy, until their
 * probabilities reach p, and those as close as the last of them (locally typical sampling, Meister
 * et al. 2023, as Hugging Face's {@code TypicalLogitsWarper}).
 */
final class TypicalP {

    private final BestFirst order;
    private final float[] closeness;

    /**
     * @param vocabulary most candidates
     */
    TypicalP(int vocabulary) {
        order = new BestFirst(vocabulary);
        closeness = new float[vocabulary];
    }

    /**
     * @param p above 0; 1 keeps all
     */
    void apply(Candidates candidates, double p) {
        if (p >= 1) {
            return;
        }
        double sum = Softmax.weigh(candidates);
        measure(candidates, sum);
        order.begin(closeness, candidates.size());
        double target = p * sum;
        double reached = 0;
        float least = Float.NEGATIVE_INFINITY;
        while (order.hasNext() && reached < target) {
            int i = order.next();
            reached += candidates.weights()[i];
            least = closeness[i];
        }
        int kept = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (closeness[i] >= least) {
                candidates.keep(i, kept++);
            }
        }
        candidates.truncate(kept);
    }

    /** Fills in how near each token's information is to the entropy; the nearer the higher. */
    private void measure(Candidates candidates, double sum) {
        double[] weights = candidates.weights();
        double logSum = StrictMath.log(sum);
        float highest = Softmax.highest(candidates);
        double entropy = 0;
        for (int i = 0; i < candidates.size(); i++) {
            if (weights[i] == 0) {
                continue; // p·log p, whose limit is 0, and not 0 times infinity
            }
            entropy += weights[i] / sum * information(candidates, i, highest, logSum);
        }
        for (int i = 0; i < candidates.size(); i++) {
            double distance = information(candidates, i, highest, logSum) - entropy;
            closeness[i] = (float) -Math.abs(distance);
        }
    }

    /** −log p of the i-th. */
    private static double information(Candidates candidates, int i, float highest, double logSum) {
        return logSum - ((double) candidates.score(i) - highest);
    }
}
