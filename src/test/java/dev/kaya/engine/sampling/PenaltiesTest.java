package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Worked by hand from the definitions that {@link Penalties} names. */
class PenaltiesTest {

    private static final float BANNED = Float.NEGATIVE_INFINITY;

    private static TokenHistory history(int[] prompt, int... generated) {
        var history = new TokenHistory(prompt);
        for (int id : generated) {
            history.append(id);
        }
        return history;
    }

    private static float[] edited(
            Penalties penalties, SamplingParams.Ends ends, TokenHistory history, float... logits) {
        boolean[] allowed = new boolean[logits.length];
        Arrays.fill(allowed, true);
        float[] padded = new float[logits.length + 2];
        System.arraycopy(logits, 0, padded, 2, logits.length);
        var params = new SamplingParams(1, Filters.NONE, penalties, ends, 0);
        return new LogitsEditor(allowed).edit(padded, 2, params, history).clone();
    }

    private static float[] edited(Penalties penalties, TokenHistory history, float... logits) {
        return edited(penalties, SamplingParams.Ends.ANY_TIME, history, logits);
    }

    private static Penalties repetition(double penalty, int window) {
        return new Penalties(penalty, window, 0, 0, 0, LogitBias.NONE);
    }

    /** Hugging Face's RepetitionPenaltyLogitsProcessor: once a token, however often it came. */
    @Test
    void repetitionDividesPositiveAndMultipliesNegativeLogitsOfTokensSeen() {
        assertThat(edited(repetition(2, 0), history(new int[] {0, 0}, 1, 1), 3f, -3f, 3f, -3f))
                .containsExactly(1.5f, -6f, 3f, -3f);
        assertThat(edited(repetition(0.5, 0), history(new int[] {0}, 1), 3f, -3f, 0f))
                .containsExactly(6f, -1.5f, 0f);
    }

    @Test
    void repetitionLooksBackAsFarAsItsWindow() {
        TokenHistory history = history(new int[] {0, 1}, 2, 3);

        assertThat(edited(repetition(2, 1), history, 4f, 4f, 4f, 4f))
                .containsExactly(4f, 4f, 4f, 2f);
        assertThat(edited(repetition(2, 3), history, 4f, 4f, 4f, 4f))
                .containsExactly(4f, 2f, 2f, 2f);
        assertThat(edited(repetition(2, 99), history, 4f, 4f, 4f, 4f))
                .containsExactly(2f, 2f, 2f, 2f);
    }

    /** OpenAI: mu[j] − c[j]·frequency − (c[j] > 0)·presence, c counting generated tokens. */
    @Test
    void frequencyAndPresenceCountGeneratedTokensAlone() {
        var penalties = new Penalties(1, 0, 0.5, 0.25, 0, LogitBias.NONE);

        assertThat(edited(penalties, history(new int[] {0, 0}, 1, 2, 2, 2), 1f, 1f, 1f, 1f))
                .containsExactly(1f, 0.25f, -0.75f, 1f);
        var negative = new Penalties(1, 0, -1, 0, 0, LogitBias.NONE);
        assertThat(edited(negative, history(new int[] {0}, 1, 1), 1f, 1f)).containsExactly(1f, 3f);
    }

    @Test
    void biasIsAdded() {
        var bias = new LogitBias(new int[] {2, 0}, new float[] {-100, 5});

        assertThat(edited(new Penalties(1, 0, 0, 0, 0, bias), history(new int[1]), 1f, 1f, 1f))
                .containsExactly(6f, 1f, -99f);
    }

    /** Hugging Face's NoRepeatNGramLogitsProcessor: prompt and text are one. */
    @Test
    void noNgramComesTwice() {
        TokenHistory history = history(new int[] {1, 2, 3, 1, 2, 4, 5}, 1, 2);

        assertThat(edited(ngram(3), history, 0f, 0f, 0f, 0f, 0f, 0f))
                .containsExactly(0f, 0f, 0f, BANNED, BANNED, 0f);
        assertThat(edited(ngram(2), history, 0f, 0f, 0f, 0f, 0f, 0f))
                .containsExactly(0f, 0f, 0f, BANNED, BANNED, 0f);
        assertThat(edited(ngram(1), history, 0f, 0f, 0f, 0f, 0f, 0f))
                .containsExactly(0f, BANNED, BANNED, BANNED, BANNED, BANNED);
        assertThat(edited(ngram(4), history, 0f, 0f, 0f, 0f, 0f, 0f))
                .containsExactly(0f, 0f, 0f, 0f, 0f, 0f);
        assertThat(edited(ngram(99), history, 0f, 0f, 0f, 0f, 0f, 0f))
                .containsExactly(0f, 0f, 0f, 0f, 0f, 0f);
    }

    private static Penalties ngram(int size) {
        return new Penalties(1, 0, 0, 0, size, LogitBias.NONE);
    }

    @Test
    void bansThatLeaveNothingDoNotCount() {
        TokenHistory history = history(new int[] {0, 1, 0, 1});

        assertThat(edited(ngram(1), history, 3f, 4f)).containsExactly(3f, 4f);
        assertThat(edited(ngram(1), history, 3f, 4f, BANNED)).containsExactly(3f, 4f, BANNED);
    }

    @Test
    void endsWaitForTheLeastNumberOfTokens() {
        var ends = new SamplingParams.Ends(2, new int[] {0, 2});

        assertThat(edited(Penalties.NONE, ends, history(new int[1]), 1f, 2f, 3f))
                .containsExactly(BANNED, 2f, BANNED);
        assertThat(edited(Penalties.NONE, ends, history(new int[1], 1), 1f, 2f, 3f))
                .containsExactly(BANNED, 2f, BANNED);
        assertThat(edited(Penalties.NONE, ends, history(new int[1], 1, 1), 1f, 2f, 3f))
                .containsExactly(1f, 2f, 3f);
    }

    @Test
    void penaltiesBeyondTheRangeOfFloatsMakeNoFault() {
        float[] logits = {3e38f, -3e38f, BANNED};

        float[] edited = edited(repetition(1e-3, 0), history(new int[] {0, 1, 2}), logits);

        assertThat(edited).containsExactly(Float.MAX_VALUE, (float) (-3e38f * 1e-3), BANNED);
        assertThat(edited(repetition(10, 0), history(new int[] {0, 1, 2}), logits)[1])
                .isEqualTo(BANNED);
    }

    @Test
    void theyComeBeforeTemperatureAndFilters() {
        var sampler = new Sampler(new boolean[] {true, true});
        var params =
                new SamplingParams(
                        0, Filters.NONE, repetition(4, 0), SamplingParams.Ends.ANY_TIME, 0);

        assertThat(sampler.sample(new float[] {4f, 2f}, 0, params, history(new int[] {1}), 0))
                .isZero();
        assertThat(sampler.sample(new float[] {4f, 2f}, 0, params, history(new int[] {0}), 0))
                .isEqualTo(1);
    }

    @Test
    void impossibleOnesAreRefused() {
        assertThatThrownBy(() -> repetition(0, 0)).hasMessage("repetition_penalty 0.0");
        assertThatThrownBy(() -> repetition(Double.NaN, 0)).hasMessage("repetition_penalty NaN");
        assertThatThrownBy(() -> repetition(1, -1)).hasMessage("negative window or n-gram size");
        assertThatThrownBy(() -> ngram(-1)).hasMessage("negative window or n-gram size");
        assertThatThrownBy(() -> new LogitBias(new int[1], new float[] {Float.NaN}))
                .hasMessage("bias NaN");
        assertThatThrownBy(() -> new Filters(0, 1, 1.5, 1)).hasMessage("min_p 1.5");
        assertThatThrownBy(() -> new Filters(0, 1, 0, 0)).hasMessage("typical_p 0.0");
    }
}
