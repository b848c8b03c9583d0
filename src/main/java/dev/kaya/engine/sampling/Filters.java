package dev.kaya.engine.sampling;

/**
 * Which of the likely tokens stay, one filter after the other in this order, each as Hugging Face
 * defines it.
 *
 * @param topK how many of the likeliest stay, those tied with the last included; 0 keeps all
 * @param topP the smallest set by falling probability whose sum reaches this stays; 1 keeps all
 * @param minP those stay that have at least this share of the likeliest one's probability; 0 keeps
 *     all
 * @param typicalP the smallest set by closeness to the expected information whose sum reaches this
 *     stays; 1 keeps all
 */
public record Filters(int topK, double topP, double minP, double typicalP) {

    /** Everything stays. */
    public static final Filters NONE = new Filters(0, 1, 0, 1);

    public Filters {
        if (topK < 0) {
            throw new IllegalArgumentException("top_k " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top_p " + topP);
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("min_p " + minP);
        }
        if (!(typicalP > 0 && typicalP <= 1)) {
            throw new IllegalArgumentException("typical_p " + typicalP);
        }
    }

    /** The two that most requests use. */
    public static Filters of(int topK, double topP) {
        return new Filters(topK, topP, 0, 1);
    }
}
