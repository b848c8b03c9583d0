package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Between the two ways to say which neighbours merge first: SentencePiece's scores of pieces, and
 * the list of merges of a {@code tokenizer.json}. They mean the same where every way to cut a piece
 * in two is a merge, and the merges of one piece follow each other.
 */
public final class PieceMerges {

    private final Path file;

    public PieceMerges(Path file) {
        this.file = file;
    }

    /** Two pieces that make a third. */
    private record Merge(String left, String right, float score) {

        /** Of equal scores, the longest left part goes first, as in Hugging Face's own files. */
        static final Comparator<Merge> FIRST_TO_BE_MADE =
                Comparator.comparingDouble(Merge::score)
                        .thenComparingInt(merge -> merge.left().length())
                        .thenComparingInt(merge -> merge.right().length())
                        .reversed();

        String piece() {
            return left + right;
        }
    }

    /**
     * The merges that scores mean, the first to be made first.
     *
     * @param scores of the pieces that may be made
     * @throws MalformedCheckpointException when pieces have the same score, and so are made from
     *     left to right, which a list cannot say; runs of one character come out the same
     */
    public List<String> ofScores(Map<String, Float> scores) throws MalformedCheckpointException {
        List<Merge> merges = new ArrayList<>();
        scores.forEach(
                (piece, score) -> {
                    for (int cut : cuts(piece, scores)) {
                        merges.add(new Merge(piece.substring(0, cut), piece.substring(cut), score));
                    }
                });
        merges.sort(Merge.FIRST_TO_BE_MADE);
        List<String> pairs = new ArrayList<>();
        Merge last = null;
        for (Merge merge : merges) {
            if (last != null
                    && last.score() == merge.score()
                    && !areInterchangeable(last.piece(), merge.piece())) {
                throw unfit(
                        "gives '%s' and '%s' the same score, %s, which no list of merges says"
                                .formatted(last.piece(), merge.piece(), merge.score()));
            }
            last = merge;
            pairs.add(merge.left() + " " + merge.right());
        }
        return pairs;
    }

    private static boolean areInterchangeable(String one, String other) {
        return one.equals(other) || (isRunOf(one.charAt(0), one) && isRunOf(one.charAt(0), other));
    }

    private static boolean isRunOf(char character, String text) {
        return text.chars().allMatch(each -> each == character);
    }

    /**
     * The scores that merges mean: the later a piece is made, the lower; lowest are those that are
     * never made, in the order given.
     *
     * @param pieces that may be made or merged
     * @param merges left and right with a space between, the first to be made first
     * @throws MalformedCheckpointException when no scores mean the same
     */
    public Map<String, Float> ofMerges(List<String> pieces, List<String> merges)
            throws MalformedCheckpointException {
        Map<String, Float> scores = new HashMap<>();
        pieces.forEach(piece -> scores.put(piece, 0f));
        Map<String, Integer> waysToMake = new HashMap<>();
        List<String> made = new ArrayList<>();
        for (String merge : merges) {
            int space = VocabularyBuilder.spaceIn(merge);
            String left = space < 0 ? "" : merge.substring(0, space);
            String right = merge.substring(space + 1);
            String piece = left + right;
            boolean ofAddedToken = // which is cut out of a text before
                    !scores.containsKey(left)
                            || !scores.containsKey(right)
                            || !scores.containsKey(piece);
            if (ofAddedToken) {
                continue;
            }
            if (!waysToMake.containsKey(piece)) {
                scores.put(piece, (float) -made.size());
                made.add(piece);
            } else if (!piece.equals(made.getLast())) {
                level(piece, made, scores);
            }
            waysToMake.merge(piece, 1, Integer::sum);
        }
        float lowest = -made.size();
        for (String piece : pieces) {
            int ways = waysToMake.getOrDefault(piece, 0);
            if (cuts(piece, scores).size() != ways) {
                throw unfit("does not merge every two tokens that make '%s'".formatted(piece));
            }
            if (ways == 0) {
                scores.put(piece, lowest--);
            }
        }
        return scores;
    }

    /** Gives a piece that is made once more, and all that were made since, the same score. */
    private void level(String piece, List<String> made, Map<String, Float> scores)
            throws MalformedCheckpointException {
        float score = scores.getOrDefault(piece, 0f);
        for (int i = made.size() - 1; i >= 0; i--) {
            String other = made.get(i);
            if (scores.getOrDefault(other, 0f) > score) {
                return;
            }
            if (!areInterchangeable(piece, other)) {
                throw unfit("makes '%s' early and late".formatted(piece));
            }
            scores.put(other, score);
        }
    }

    /** Where a piece may be cut into two others, between characters. */
    private static List<Integer> cuts(String piece, Map<String, Float> pieces) {
        List<Integer> cuts = new ArrayList<>();
        for (int cut = 1; cut < piece.length(); cut++) {
            if (!Character.isLowSurrogate(piece.charAt(cut))
                    && pieces.containsKey(piece.substring(0, cut))
                    && pieces.containsKey(piece.substring(cut))) {
                cuts.add(cut);
            }
        }
        return cuts;
    }

    /** What the other form has no place for. */
    public MalformedCheckpointException unfit(String why) {
        return new MalformedCheckpointException(
                file,
                -1,
                "the tokenizer "
                        + why
                        + "; it cannot be written in the other form: convert to the container that"
                        + " it comes from");
    }
}
