package dev.kaya.engine.sampling;

/** What is added to the logits of some tokens. Immutable. */
public final class LogitBias {

    /** Nothing is added. */
    public static final LogitBias NONE = new LogitBias(new int[0], new float[0]);

    private final int[] tokenIds;
    private final float[] values;

    /**
     * @param tokenIds each at most once
     * @param values finite, one for each
     */
    public LogitBias(int[] tokenIds, float[] values) {
        if (tokenIds.length != values.length) {
            throw new IllegalArgumentException(tokenIds.length + " ids, " + values.length);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("bias " + value);
            }
        }
        this.tokenIds = tokenIds.clone();
        this.values = values.clone();
    }

    int size() {
        return tokenIds.length;
    }

    void addTo(float[] logits) {
        for (int i = 0; i < tokenIds.length; i++) {
            logits[tokenIds[i]] += values[i];
        }
    }
}
