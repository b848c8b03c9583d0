package dev.kaya.engine.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Beam search over texts of one prompt, as Hugging Face's {@code BeamSearchScorer} defines it: of
 * all continuations of the live beams by one token the likeliest are looked at; those that end
 * become hypotheses, the likeliest others are the next beams.
 *
 * <p>A hypothesis scores the sum of its log-probabilities divided by the power {@code
 * length_penalty} of its tokens, the one that ends it included. Of equal sums the lower beam and
 * then the lower token id comes first. One task's, on one thread.
 */
public final class BeamSearch {

    /**
     * How to search.
     *
     * @param width how many beams live at a time
     * @param lengthPenalty above 0 favours long texts, below 0 short ones
     * @param earlyStopping whether the search ends as soon as there are {@code width} hypotheses;
     *     if not, it ends when no live beam could become better than they, were it not to grow
     */
    public record Rules(int width, double lengthPenalty, boolean earlyStopping) {
        public Rules {
            if (width < 1) {
                throw new IllegalArgumentException("num_beams " + width);
            }
            if (!Double.isFinite(lengthPenalty)) {
                throw new IllegalArgumentException("length_penalty " + lengthPenalty);
            }
        }
    }

    /** How a text stands. */
    public enum End {
        /** It has not ended. */
        NONE,
        /** By a token that is no part of it and by which the model ends texts. */
        EOS,
        /** By another token that is no part of it. */
        TOKEN,
        /** By its last token, which completes a string that ends it. */
        TEXT;

        private boolean keepsToken() {
            return this == TEXT;
        }
    }

    /** Tells whether texts end. */
    public interface Judge {
        /** How a beam ends if a token follows it. */
        End endOf(TokenHistory beam, int tokenId);
    }

    /**
     * A text and its score.
     *
     * @param tokenIds generated, without one that ended it and is no part of it
     * @param logprobs of these tokens; empty unless wanted
     * @param score what hypotheses are ranked by
     * @param end how it ended
     */
    public record Hypothesis(int[] tokenIds, List<TokenLogprobs> logprobs, double score, End end) {}

    private final Rules rules;
    private final int looked;
    private final List<Hypothesis> hypotheses = new ArrayList<>();
    private final List<Beam> beams = new ArrayList<>();
    private final List<Beam> next = new ArrayList<>();
    private boolean done;
    private boolean grew;

    // Continuations, the best first.
    private final int[] parents;
    private final int[] tokenIds;
    private final double[] sums;
    private final @Nullable TokenLogprobs[] logprobs;
    private int size;
    private int ranked;

    /** A live text: whose continuation it is, by which token, and the sum so far. */
    private record Beam(int parent, int tokenId, double sum, List<TokenLogprobs> logprobs) {}

    /**
     * @param rules how to search
     * @param ends how many tokens can end a text
     */
    public BeamSearch(Rules rules, int ends) {
        this.rules = rules;
        looked = Math.multiplyExact(Math.max(2, 1 + ends), rules.width());
        parents = new int[looked];
        tokenIds = new int[looked];
        sums = new double[looked];
        logprobs = new TokenLogprobs[looked];
        beams.add(new Beam(0, 0, 0, List.of()));
    }

    /** Beams that live. */
    public int live() {
        return beams.size();
    }

    /** Whether all live beams have been ranked since the last advance. */
    public boolean isRanked() {
        return ranked == beams.size();
    }

    /**
     * Looks at the continuations of one beam.
     *
     * @param beam which
     * @param edited log-probabilities of all tokens, after penalties; minus infinity for those that
     *     cannot come
     * @param scores as the model has them; null when they need not be told
     */
    public void rank(int beam, float[] edited, @Nullable LogSoftmax scores) {
        double sum = beams.get(beam).sum();
        for (int id = 0; id < edited.length; id++) {
            if (edited[id] != Float.NEGATIVE_INFINITY) {
                insert(beam, id, sum + edited[id]);
            }
        }
        for (int i = 0; i < size; i++) {
            if (parents[i] == beam) {
                logprobs[i] = scores == null ? null : scores.of(tokenIds[i]);
            }
        }
        ranked++;
    }

    private void insert(int beam, int tokenId, double sum) {
        if (size == looked && !precedes(beam, tokenId, sum, looked - 1)) {
            return;
        }
        int at = size < looked ? size++ : looked - 1;
        while (at > 0 && precedes(beam, tokenId, sum, at - 1)) {
            parents[at] = parents[at - 1];
            tokenIds[at] = tokenIds[at - 1];
            sums[at] = sums[at - 1];
            logprobs[at] = logprobs[at - 1];
            at--;
        }
        parents[at] = beam;
        tokenIds[at] = tokenId;
        sums[at] = sum;
    }

    private boolean precedes(int beam, int tokenId, double sum, int other) {
        if (sum != sums[other]) {
            return sum > sums[other];
        }
        return beam != parents[other] ? beam < parents[other] : tokenId < tokenIds[other];
    }

    /**
     * Takes the best continuations: see {@link #parent} and {@link #tokenId} for the next beams.
     *
     * @param histories of the live beams
     * @param judge who tells whether texts end
     * @return whether the search goes on
     */
    public boolean advance(List<TokenHistory> histories, Judge judge) {
        int length = histories.getFirst().generated() + 1;
        next.clear();
        grew = false;
        for (int i = 0; i < size && next.size() < rules.width(); i++) {
            TokenHistory history = histories.get(parents[i]);
            End end = judge.endOf(history, tokenIds[i]);
            List<TokenLogprobs> scores = beams.get(parents[i]).logprobs();
            if (end == End.NONE) {
                next.add(new Beam(parents[i], tokenIds[i], sums[i], with(scores, logprobs[i])));
            } else if (i < rules.width()) {
                int[] ids =
                        Arrays.copyOfRange(
                                history.tokenIds(), history.promptLength(), history.length());
                if (end.keepsToken()) {
                    ids = Arrays.copyOf(ids, length);
                    ids[length - 1] = tokenIds[i];
                    scores = with(scores, logprobs[i]);
                    grew = true;
                }
                add(new Hypothesis(ids, scores, score(sums[i], length), end));
            }
        }
        grew |= !next.isEmpty();
        done = size == 0 || isDone(sums[0], length);
        beams.clear();
        beams.addAll(next);
        size = 0;
        ranked = 0;
        return !done && !beams.isEmpty();
    }

    private static List<TokenLogprobs> with(
            List<TokenLogprobs> scores, @Nullable TokenLogprobs last) {
        if (last == null) {
            return scores;
        }
        List<TokenLogprobs> longer = new ArrayList<>(scores.size() + 1);
        longer.addAll(scores);
        longer.add(last);
        return longer;
    }

    private double score(double sum, int length) {
        return sum / StrictMath.pow(length, rules.lengthPenalty());
    }

    /** Keeps the best; the last of equal ones is the worst. */
    private void add(Hypothesis hypothesis) {
        hypotheses.add(hypothesis);
        hypotheses.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
        if (hypotheses.size() > rules.width()) {
            hypotheses.removeLast();
        }
    }

    private boolean isDone(double bestSum, int length) {
        if (hypotheses.size() < rules.width()) {
            return false;
        }
        return rules.earlyStopping() || hypotheses.getLast().score() >= score(bestSum, length);
    }

    /** Whether the last advance made texts longer, and did not only end them. */
    public boolean grew() {
        return grew;
    }

    /** Which beam before the last advance the i-th continues. */
    public int parent(int i) {
        return beams.get(i).parent();
    }

    /** By which token. */
    public int tokenId(int i) {
        return beams.get(i).tokenId();
    }

    /**
     * The best texts, the best first; live beams count as they are unless the search was done.
     *
     * @param histories of the live beams; none when nothing was computed
     * @param count how many at most
     */
    public List<Hypothesis> best(List<TokenHistory> histories, int count) {
        for (int i = 0; i < histories.size() && !done; i++) {
            TokenHistory history = histories.get(i);
            int[] ids =
                    Arrays.copyOfRange(
                            history.tokenIds(), history.promptLength(), history.length());
            double score = ids.length == 0 ? 0 : score(beams.get(i).sum(), ids.length);
            add(new Hypothesis(ids, beams.get(i).logprobs(), score, End.NONE));
        }
        beams.clear();
        return List.copyOf(hypotheses.subList(0, Math.min(count, hypotheses.size())));
    }
}
