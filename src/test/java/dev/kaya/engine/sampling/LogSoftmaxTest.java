package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LogSoftmaxTest {

    // Logits are floats, whose logarithms of whole numbers are off by 2^-24 of about 2, and the
    // engine's exp by two units in the last place: together well below this.
    private static final double ROUNDING = 1e-6;

    private static float ln(double x) {
        return (float) StrictMath.log(x);
    }

    @Test
    void aTokenHasTheLogarithmOfItsShare() {
        float[] logits = {9, ln(1), ln(2), ln(5), 9};

        TokenLogprobs token = new LogSoftmax(logits, 1, 3, 0).of(1);

        assertThat(token.tokenId()).isEqualTo(1);
        assertThat(token.logprob()).isCloseTo(StrictMath.log(2 / 8.0), within(ROUNDING));
        assertThat(token.topIds()).isEmpty();
        assertThat(token.topLogprobs()).isEmpty();
    }

    @Test
    void addingTheSameToAllLogitsChangesNothing() {
        float[] logits = {1000, 1001, 999};

        double share = 1 / (1 + Math.E + 1 / Math.E);
        assertThat(new LogSoftmax(logits, 0, 3, 0).of(0).logprob())
                .isCloseTo(StrictMath.log(share), within(ROUNDING));
    }

    @Test
    void theLikeliestComeFirstAndOfEqualOnesTheLowestId() {
        float[] logits = {ln(1), ln(4), ln(2), ln(4), ln(2), ln(3)};

        TokenLogprobs token = new LogSoftmax(logits, 0, 6, 4).of(0);

        assertThat(token.topIds()).containsExactly(1, 3, 5, 2);
        assertThat(token.topLogprobs())
                .containsExactly(
                        new double[] {
                            StrictMath.log(4 / 16.0),
                            StrictMath.log(4 / 16.0),
                            StrictMath.log(3 / 16.0),
                            StrictMath.log(2 / 16.0)
                        },
                        within(ROUNDING));
    }

    @Test
    void moreThanTheVocabularyIsAllOfIt() {
        float[] logits = {ln(1), ln(3)};

        TokenLogprobs token = new LogSoftmax(logits, 0, 2, 20).of(1);

        assertThat(token.topIds()).containsExactly(1, 0);
        assertThat(new LogSoftmax(new float[] {7}, 0, 1, 3).of(0).topIds()).containsExactly(0);
        assertThat(new LogSoftmax(new float[] {7}, 0, 1, 3).of(0).logprob()).isZero();
    }

    @Test
    void anImpossibleTokenHasTheFloor() {
        float[] logits = {0, Float.NEGATIVE_INFINITY, -20_000};

        TokenLogprobs token = new LogSoftmax(logits, 0, 3, 3).of(1);

        assertThat(token.logprob()).isEqualTo(-9999);
        assertThat(token.topIds()).containsExactly(0, 2, 1);
        assertThat(token.topLogprobs()).containsExactly(0, -9999, -9999);
    }
}
