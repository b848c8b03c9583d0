package dev.kaya.engine.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Beam search over texts of one prompt, as Hugging Face's {@code BeamSearchScorer} defines it: of
 * all continuations of the live beams by one token the likeliest are looked at; those that end
 * become hypotheses, the likeliest others are the next beams.
 *
 * <p>A hypothesis scores the sum of its log-probabilities divided by the power {@code
 * length_penalty} of its tokens, the one that ends it included. Of equal sums the lower beam and
 * then the lower token id comes first. One request's, on one thread.
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
    private final int[] ends;
    private final List<Ended> hypotheses = new ArrayList<>();
    private final List<Beam> beams = new ArrayList<>();
    private final List<Beam> next = new ArrayList<>();
    private final Continuations best;
    private final Continuations goingOn;
    private final @Nullable LogSoftmax[] scores;
    private boolean done;
    private boolean grew;
    private int ranked;

    /** A live text: whose continuation it is, by which token, and the sum so far. */
    private record Beam(int parent, int tokenId, double sum, @Nullable Link text) {}

    /** A text that is over. */
    private record Ended(@Nullable Link text, double score, End end) {}

    /** The last token of a text, and the text before it, which others share; null for nothing. */
    private record Link(
            @Nullable Link before, int length, int tokenId, @Nullable TokenLogprobs logprobs) {}

    /**
     * A search keeps the {@code width} best continuations, and twice as many of those whose token
     * does not end a text: with ends among the best, {@code width} others are there to go on, also
     * where some of them end by a string. So tokens that end texts may be as many as one likes.
     *
     * @param rules how to search
     * @param ends tokens that can end a text, rising
     */
    public BeamSearch(Rules rules, int[] ends) {
        this.rules = rules;
        this.ends = ends.clone();
        best = new Continuations(rules.width());
        goingOn = new Continuations(Math.multiplyExact(2, rules.width()));
        scores = new LogSoftmax[rules.width()];
        beams.add(new Beam(0, 0, 0, null));
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
     * @param told log-probabilities as the model has them; null when they need not be told
     */
    public void rank(int beam, float[] edited, @Nullable LogSoftmax told) {
        double before = beams.get(beam).sum();
        double least = goingOn.least(); // never above that of the best
        for (int id = 0; id < edited.length; id++) {
            double sum = before + edited[id];
            if (edited[id] == Float.NEGATIVE_INFINITY || sum < least) {
                continue;
            }
            double logprob = told == null ? 0 : told.logprob(id);
            best.offer(beam, id, sum, logprob);
            if (Arrays.binarySearch(ends, id) < 0) {
                goingOn.offer(beam, id, sum, logprob);
                least = goingOn.least();
            }
        }
        scores[beam] = told;
        ranked++;
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
        best.sort();
        for (int i = 0; i < best.size() && next.size() < rules.width(); i++) {
            End end = judge.endOf(histories.get(best.beam(i)), best.tokenId(i));
            if (end == End.NONE) {
                goOn(best, i, length);
            } else {
                grew |= end.keepsToken();
                Link text = end.keepsToken() ? longer(best, i, length) : textOf(best, i);
                add(new Ended(text, score(best.sum(i), length), end));
            }
        }
        addOthers(histories, judge, length);
        grew |= !next.isEmpty();
        done = best.size() == 0 || isDone(best.sum(0), length);
        beams.clear();
        beams.addAll(next);
        best.clear();
        goingOn.clear();
        ranked = 0;
        return !done && !beams.isEmpty();
    }

    /** Those below the best in rank; an end there does not count. */
    private void addOthers(List<TokenHistory> histories, Judge judge, int length) {
        if (!best.isFull() || next.size() == rules.width()) {
            return;
        }
        int last = best.size() - 1;
        goingOn.sort();
        for (int i = 0; i < goingOn.size() && next.size() < rules.width(); i++) {
            int beam = goingOn.beam(i);
            int tokenId = goingOn.tokenId(i);
            boolean seen = best.precedes(beam, tokenId, goingOn.sum(i), last);
            seen |= beam == best.beam(last) && tokenId == best.tokenId(last);
            if (!seen && judge.endOf(histories.get(beam), tokenId) == End.NONE) {
                goOn(goingOn, i, length);
            }
        }
    }

    private void goOn(Continuations from, int i, int length) {
        Link text = longer(from, i, length);
        next.add(new Beam(from.beam(i), from.tokenId(i), from.sum(i), text));
    }

    private @Nullable Link textOf(Continuations from, int i) {
        return beams.get(from.beam(i)).text();
    }

    private Link longer(Continuations from, int i, int length) {
        LogSoftmax told = scores[from.beam(i)];
        int tokenId = from.tokenId(i);
        return new Link(
                textOf(from, i),
                length,
                tokenId,
                told == null ? null : told.of(tokenId, from.logprob(i)));
    }

    private double score(double sum, int length) {
        return sum / StrictMath.pow(length, rules.lengthPenalty());
    }

    /** Keeps the best; the last of equal ones is the worst. */
    private void add(Ended hypothesis) {
        int at = hypotheses.size();
        while (at > 0 && Double.compare(hypothesis.score(), hypotheses.get(at - 1).score()) > 0) {
            at--;
        }
        if (at < rules.width()) {
            hypotheses.add(at, hypothesis);
        }
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
            Link text = beams.get(i).text();
            double score = text == null ? 0 : score(beams.get(i).sum(), text.length());
            add(new Ended(text, score, End.NONE));
        }
        beams.clear();
        List<Hypothesis> found = new ArrayList<>();
        for (Ended ended : hypotheses.subList(0, Math.min(count, hypotheses.size()))) {
            found.add(whole(ended));
        }
        return found;
    }

    private static Hypothesis whole(Ended ended) {
        int length = ended.text() == null ? 0 : ended.text().length();
        int[] ids = new int[length];
        List<TokenLogprobs> logprobs = new ArrayList<>();
        for (Link link = ended.text(); link != null; link = link.before()) {
            ids[--length] = link.tokenId();
            if (link.logprobs() != null) {
                logprobs.add(link.logprobs());
            }
        }
        return new Hypothesis(ids, logprobs.reversed(), ended.score(), ended.end());
    }
}
