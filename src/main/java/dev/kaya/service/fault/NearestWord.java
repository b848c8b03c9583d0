package dev.kaya.service.fault;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The word that somebody may have meant who typed another. */
public final class NearestWord {

    private static final int ALWAYS_NEAR = 2;
    private static final int LETTERS_A_FAULT = 3;
    private static final int SHORTEST_BEGINNING = 3;
    private static final int SHORTEST_BEGUN = 5;

    private NearestWord() {}

    /**
     * The nearest of the words there are, whatever the case of letters and the dashes in front.
     *
     * @return null when none is near
     */
    public static @Nullable String to(String given, Collection<String> words) {
        String bare = bare(given);
        String nearest = null;
        int least =
                Math.min(bare.length() - 1, Math.max(ALWAYS_NEAR, bare.length() / LETTERS_A_FAULT));
        for (String word : words) {
            int distance = distanceOrBeginning(bare, bare(word));
            if (distance < least || (distance == least && nearest == null)) {
                nearest = word;
                least = distance;
            }
        }
        return nearest;
    }

    private static String bare(String word) {
        int start = 0;
        while (start < word.length() && word.charAt(start) == '-') {
            start++;
        }
        return word.substring(start).toLowerCase(Locale.ROOT);
    }

    /** The beginning of a word, or one that goes on after it, is as near as a letter off. */
    private static int distanceOrBeginning(String given, String word) {
        int distance = distance(given, word);
        boolean begins =
                (given.length() >= SHORTEST_BEGINNING && word.startsWith(given))
                        || (word.length() >= SHORTEST_BEGUN && given.startsWith(word));
        return begins ? Math.min(1, distance) : distance;
    }

    /**
     * How many letters must be put in, left out, changed or swapped with the next one (optimal
     * string alignment).
     */
    public static int distance(String one, String other) {
        int[] beforeLast = new int[other.length() + 1];
        int[] last = new int[other.length() + 1];
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] oldest = beforeLast;
            beforeLast = last;
            last = row;
            row = oldest;
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                boolean same = one.charAt(i - 1) == other.charAt(j - 1);
                row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }
        }
        return row[other.length()];
    }
}
