package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.sampling.BeamSearch.End;
import dev.kaya.engine.sampling.BeamSearch.Hypothesis;
import dev.kaya.engine.sampling.BeamSearch.Rules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Worked by hand after Hugging Face's {@code BeamSearchScorer}. Token 0 ends a text;
 * log-probabilities are made up, since only their sums count.
 */
class BeamSearchTest {

    private static final int EOS = 0;
    private static final float NEVER = Float.NEGATIVE_INFINITY;

    /** A search and the texts of its live beams. */
    private static final class Run {
        final BeamSearch search;
        List<TokenHistory> texts = new ArrayList<>();

        Run(int width, double lengthPenalty, boolean earlyStopping) {
            search =
                    new BeamSearch(new Rules(width, lengthPenalty, earlyStopping), new int[] {EOS});
            texts.add(new TokenHistory(new int[] {9}));
        }

        /** One row of log-probabilities for each live beam. */
        boolean step(float[]... rows) {
            assertThat(search.isRanked()).isFalse();
            for (int beam = 0; beam < rows.length; beam++) {
                search.rank(beam, rows[beam], null);
            }
            assertThat(search.isRanked()).isTrue();
            boolean goesOn =
                    search.advance(texts, (text, tokenId) -> tokenId == EOS ? End.EOS : End.NONE);
            List<TokenHistory> next = new ArrayList<>();
            for (int i = 0; i < search.live(); i++) {
                var text = new TokenHistory(new int[] {9});
                text.copyFrom(texts.get(search.parent(i)));
                text.append(search.tokenId(i));
                next.add(text);
            }
            texts = next;
            return goesOn;
        }

        List<List<Integer>> beams() {
            List<List<Integer>> beams = new ArrayList<>();
            for (TokenHistory text : texts) {
                List<Integer> ids = new ArrayList<>();
                for (int i = 1; i < text.length(); i++) {
                    ids.add(text.tokenIds()[i]);
                }
                beams.add(ids);
            }
            return beams;
        }

        List<Hypothesis> best(int count) {
            return search.best(texts, count);
        }
    }

    private static void assertHypothesis(Hypothesis given, double score, End end, int... tokenIds) {
        assertThat(given.tokenIds()).containsExactly(tokenIds);
        // Sums of floats that are no binary fractions: a few units of 2^-24 of numbers below 8.
        assertThat(given.score()).isCloseTo(score, within(1e-5));
        assertThat(given.end()).isEqualTo(end);
    }

    @Test
    void theLikeliestContinuationsOfAllBeamsLive() {
        var run = new Run(2, 1, false);

        assertThat(run.step(new float[] {NEVER, -1, -2, -3})).isTrue();
        assertThat(run.beams()).containsExactly(List.of(1), List.of(2));
        // -1 + -3, -1 + -4; -2 + -1, -2 + -1.5
        run.step(new float[] {NEVER, -3, -4, -9}, new float[] {NEVER, -9, -1, -1.5f});

        assertThat(run.beams()).containsExactly(List.of(2, 2), List.of(2, 3));
        List<Hypothesis> best = run.best(2);
        assertHypothesis(best.get(0), -3.0 / 2, End.NONE, 2, 2);
        assertHypothesis(best.get(1), -3.5 / 2, End.NONE, 2, 3);
    }

    @Test
    void ofEqualSumsTheLowerBeamAndThenTheLowerTokenComesFirst() {
        var run = new Run(3, 1, false);

        run.step(new float[] {NEVER, -1, -1, -1, -1});
        assertThat(run.beams()).containsExactly(List.of(1), List.of(2), List.of(3));
        run.step(
                new float[] {NEVER, -2, -1, -2, -1},
                new float[] {NEVER, -1, -2, -2, -2},
                new float[] {NEVER, -1, -2, -2, -2});

        assertThat(run.beams()).containsExactly(List.of(1, 2), List.of(1, 4), List.of(2, 1));
    }

    @Test
    void anEndedTextScoresWithTheTokenThatEndedIt() {
        var run = new Run(2, 1, false);
        run.step(new float[] {NEVER, -1, -2});

        // The second best continuation ends: -1 + -1 over two tokens.
        assertThat(run.step(new float[] {-1, -0.5f, -3}, new float[] {-9, -9, -9})).isTrue();

        assertThat(run.beams()).containsExactly(List.of(1, 1), List.of(1, 2));
        List<Hypothesis> best = run.best(2);
        assertHypothesis(best.get(0), -1.5 / 2, End.NONE, 1, 1);
        assertHypothesis(best.get(1), -2.0 / 2, End.EOS, 1);
    }

    @Test
    void anEndBelowTheBeamsInRankDoesNotCount() {
        var run = new Run(2, 1, false);
        run.step(new float[] {NEVER, -1, -2});

        // Ranks 0 and 1 go on; the end is third.
        run.step(new float[] {-3, -0.5f, -1}, new float[] {-9, -9, -9});

        List<Hypothesis> best = run.best(3);
        assertThat(best).hasSize(2).allMatch(hypothesis -> hypothesis.end() == End.NONE);
    }

    @Test
    void endsWhenNoBeamCouldBecomeBetterByWhatItHas() {
        var run = new Run(2, 1, false);

        // Two ends in two steps: -0.1 over 1 and -1.5 over 2.
        assertThat(run.step(new float[] {-0.1f, -1, -2})).isTrue();
        // Best sum -1.5 over 2 tokens is no better than the worst hypothesis: done.
        assertThat(run.step(new float[] {-0.5f, -2, -3}, new float[] {-9, -9, -9})).isFalse();

        List<Hypothesis> best = run.best(2);
        assertHypothesis(best.get(0), -0.1, End.EOS);
        assertHypothesis(best.get(1), -1.5 / 2, End.EOS, 1);
    }

    @Test
    void goesOnWhileABeamCouldBecomeBetter() {
        // The worst of two hypotheses has -2.5 over 2; a live beam has -1.1 over 2.
        var run = new Run(2, 1, false);
        run.step(new float[] {-0.1f, -1, -2});
        float[] first = {-1.5f, -0.1f, -3};
        assertThat(run.step(first, new float[] {-9, -9, -9})).isTrue();

        var early = new Run(2, 1, true);
        early.step(new float[] {-0.1f, -1, -2});
        assertThat(early.step(first, new float[] {-9, -9, -9})).isFalse();
        assertHypothesis(early.best(2).get(1), -2.5 / 2, End.EOS, 1);
    }

    @Test
    void theLengthPenaltyWeighsLongTexts() {
        // -1 over one token against -1.8 over two: which is better depends on the power.
        for (double penalty : new double[] {-1, 0, 0.5, 1, 2}) {
            var run = new Run(2, penalty, false);
            run.step(new float[] {-1, -0.9f, -8});
            run.step(new float[] {-9, -0.9f, -9}, new float[] {-9, -9, -9});

            boolean longer = -1.8 / Math.pow(2, penalty) > -1;
            assertThat(run.best(1).getFirst().end()).isEqualTo(longer ? End.NONE : End.EOS);
        }
    }

    @Test
    void fewerContinuationsThanBeamsAreAllTaken() {
        var run = new Run(5, 1, false);

        assertThat(run.step(new float[] {-3, -1, NEVER})).isTrue();

        assertThat(run.beams()).containsExactly(List.of(1));
        assertThat(run.step(new float[] {-1, NEVER, NEVER})).isFalse();
        List<Hypothesis> best = run.best(5);
        assertThat(best).hasSize(2);
        assertHypothesis(best.get(0), -2.0 / 2, End.EOS, 1);
        assertHypothesis(best.get(1), -3, End.EOS);
    }

    @Test
    void refusesNoBeamsAndAnEndlessPenalty() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Rules(0, 1, false))
                .withMessage("num_beams 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Rules(1, Double.NaN, false))
                .withMessage("length_penalty NaN");
    }
}
