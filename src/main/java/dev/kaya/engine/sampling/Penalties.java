package dev.kaya.engine.sampling;

/**
 * How the tokens so far change the logits of the next one, before the temperature.
 *
 * @param repetition of tokens in prompt or text: positive logits are divided by it, negative ones
 *     multiplied (CTRL, Keskar et al. 2019; Hugging Face); 1 changes nothing
 * @param repetitionWindow how many of the last tokens it looks at; 0 for all
 * @param frequency taken off for each time that a token was generated (OpenAI)
 * @param presence taken off once if a token was generated (OpenAI)
 * @param noRepeatNgramSize no run of so many tokens comes twice; 0 allows all
 * @param bias added to the logits of some tokens
 */
public record Penalties(
        double repetition,
        int repetitionWindow,
        double frequency,
        double presence,
        int noRepeatNgramSize,
        LogitBias bias) {

    /** Nothing changes. */
    public static final Penalties NONE = new Penalties(1, 0, 0, 0, 0, LogitBias.NONE);

    public Penalties {
        if (!(repetition > 0 && repetition < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("repetition_penalty " + repetition);
        }
        if (repetitionWindow < 0 || noRepeatNgramSize < 0) {
            throw new IllegalArgumentException("negative window or n-gram size");
        }
        if (!Double.isFinite(frequency) || !Double.isFinite(presence)) {
            throw new IllegalArgumentException("endless penalty");
        }
    }

    boolean changeNothing() {
        return repetition == 1
                && frequency == 0
                && presence == 0
                && noRepeatNgramSize == 0
                && bias.size() == 0;
    }
}
