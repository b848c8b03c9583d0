package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBudgetTest {

    private static final int MOST = 256;
    private static final long MILLI = 1_000_000;

    private final TokenBudget budget = new TokenBudget(MOST, 32);

    @Test
    void promptsAloneGetAllOfIt() {
        learnDecoding(8, 40 * MILLI);
        learnPrompts(MILLI);

        assertThat(budget.promptTokens(0)).isEqualTo(MOST);
    }

    @Test
    void nothingIsKeptBackBeforeCostsAreKnown() {
        assertThat(budget.promptTokens(8)).isEqualTo(MOST);
        learnDecoding(8, 40 * MILLI);
        assertThat(budget.promptTokens(8)).isEqualTo(MOST);
    }

    /** Eight that take 40 ms leave room for 40 prompt tokens of 1 ms each. */
    @Test
    void besideOthersPromptsTakeAsLongAsTheStepWithoutThem() {
        learnDecoding(8, 40 * MILLI);
        learnPrompts(MILLI);

        assertThat(budget.promptTokens(8)).isEqualTo(40);
    }

    /** 20 ms for two, 60 for eight; where nothing is known, a token's millisecond for each more. */
    @Test
    void theCostIsThatOfAsManySequencesOrFollowsFromTheNearestNumber() {
        learnDecoding(2, 20 * MILLI);
        learnDecoding(8, 60 * MILLI);
        learnPrompts(MILLI);

        assertThat(budget.promptTokens(1)).isEqualTo(20);
        assertThat(budget.promptTokens(2)).isEqualTo(20);
        assertThat(budget.promptTokens(5)).isEqualTo(23);
        assertThat(budget.promptTokens(8)).isEqualTo(60);
        assertThat(budget.promptTokens(32)).isEqualTo(84);
    }

    @Test
    void betweenTwoKnownNumbersTheCostIsBetweenTheirs() {
        learnDecoding(2, 20 * MILLI);
        learnDecoding(30, 24 * MILLI);
        learnPrompts(MILLI);

        assertThat(budget.promptTokens(5)).isEqualTo(23);
        assertThat(budget.promptTokens(20)).isEqualTo(24);
    }

    /**
     * A fresh server under a load that never pauses, slow at first: what prompts get comes near
     * what they should get, and stays there, though only steps of one sequence were seen without
     * them.
     */
    @Test
    void promptsGetTheirShareThoughEveryStepHasSome() {
        learnPrompts(4 * MILLI);
        budget.learn(1, 0, 60 * MILLI);
        for (int step = 0; step < 400; step++) {
            int sequences = 1 + step / 10;
            int count = Math.min(20, sequences);
            double decode = (6 + 1.1 * count) * MILLI;
            int tokens = budget.promptTokens(count);
            budget.learn(count, tokens, (long) (decode + 0.7 * MILLI * tokens));
            if (step >= 100) {
                double fair = decode / (0.7 * MILLI);
                assertThat(tokens).isBetween((int) (0.6 * fair), (int) (1.2 * fair));
            }
        }
    }

    @Test
    void aMixedStepTellsWhatItsPromptsAddedToIt() {
        learnDecoding(8, 40 * MILLI);
        for (int i = 0; i < 50; i++) {
            budget.learn(8, 20, 50 * MILLI); // half a millisecond for each of 20
        }

        assertThat(budget.promptTokens(8)).isEqualTo(80);
    }

    /**
     * The fixed part of a step's prompts would make each of a few look dear, noise make it free.
     */
    @Test
    void fewPromptTokensTeachNothingOfTheCostOfEach() {
        learnDecoding(8, 40 * MILLI);
        budget.learn(8, 15, 400 * MILLI);
        assertThat(budget.promptTokens(8)).isEqualTo(MOST);

        learnPrompts(MILLI);
        budget.learn(8, 15, 400 * MILLI);
        budget.learn(8, 3, 40 * MILLI);
        assertThat(budget.promptTokens(8)).isEqualTo(40);

        budget.learn(8, 16, 48 * MILLI); // half a millisecond each: 1 becomes 0.9
        assertThat(budget.promptTokens(8)).isEqualTo(44);
    }

    /** A fifth of the way to a quicker step, a fiftieth to a slower one. */
    @Test
    void slowStepsAreFollowedLaterThanQuickOnes() {
        learnDecoding(8, 50 * MILLI);
        learnPrompts(MILLI);

        budget.learn(8, 0, 100 * MILLI);
        assertThat(budget.promptTokens(8)).isEqualTo(51);
        budget.learn(8, 0, 26 * MILLI);
        assertThat(budget.promptTokens(8)).isEqualTo(46);
    }

    @Test
    void stepsThatStaySlowAreBelievedInTheEnd() {
        learnDecoding(8, 20 * MILLI);
        learnPrompts(MILLI);
        for (int i = 0; i < 300; i++) {
            budget.learn(8, 0, 60 * MILLI);
        }

        assertThat(budget.promptTokens(8)).isBetween(59, 60);
    }

    /**
     * As at the start of a server, whose first steps are slow: 50 ms of a step that was thought to
     * take 200 and 20 more for its prompt.
     */
    @Test
    void aStepWithPromptsTellsThatOneWithoutTakesLess() {
        learnDecoding(1, 200 * MILLI);
        learnPrompts(MILLI);
        budget.learn(1, 20, 50 * MILLI);

        assertThat(budget.promptTokens(1)).isEqualTo(45); // 50 * 200 / 220
    }

    @Test
    void moreSequencesTakeNoLessThanFewer() {
        learnDecoding(1, 200 * MILLI);
        learnDecoding(8, 40 * MILLI);
        learnPrompts(MILLI);

        assertThat(budget.promptTokens(1)).isEqualTo(40);
        assertThat(budget.promptTokens(4)).isEqualTo(40);
    }

    @Test
    void slowPromptsGetOnAllTheSame() {
        learnDecoding(1, MILLI);
        budget.learn(0, 20, 1_000 * MILLI);

        assertThat(budget.promptTokens(1)).isEqualTo(16);
    }

    @Test
    void fastPromptsGetNoMoreThanTheMost() {
        learnDecoding(8, 1_000 * MILLI);
        budget.learn(0, 200, MILLI);

        assertThat(budget.promptTokens(8)).isEqualTo(MOST);
    }

    @Test
    void aSmallBudgetIsNeverExceeded() {
        var small = new TokenBudget(4, 2);
        small.learn(1, 0, MILLI);
        small.learn(0, 4, 1_000 * MILLI);

        assertThat(small.promptTokens(1)).isEqualTo(4);
    }

    /** What a prompt token takes where nobody decodes. */
    private void learnPrompts(long nanosEach) {
        budget.learn(0, 200, 200 * nanosEach);
    }

    private void learnDecoding(int sequences, long nanos) {
        for (int i = 0; i < 5; i++) {
            budget.learn(sequences, 0, nanos);
        }
    }
}
