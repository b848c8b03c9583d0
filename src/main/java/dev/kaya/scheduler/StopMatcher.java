package dev.kaya.scheduler;

import java.util.List;

/**
 * Finds the strings that end a text, wherever the borders of its tokens lie. Text that could be the
 * beginning of one is held back until it is known not to be; so nothing of it is ever handed out.
 * One sequence's.
 */
final class StopMatcher {

    private final List<String> texts;
    private final int leastTokens;
    private final StringBuilder held = new StringBuilder();
    private boolean met;

    /**
     * @param texts none of them empty
     * @param leastTokens before which they do not count
     */
    StopMatcher(List<String> texts, int leastTokens) {
        this.texts = texts;
        this.leastTokens = leastTokens;
    }

    /**
     * Takes the text of the next token.
     *
     * @param text whole characters
     * @param before tokens generated before it
     * @return what may be handed out now
     */
    String feed(String text, int before) {
        if (texts.isEmpty() || before + 1 < leastTokens) {
            return text;
        }
        held.append(text);
        int start = firstCompleted();
        if (start >= 0) {
            met = true;
            String out = held.substring(0, start);
            held.setLength(0);
            return out;
        }
        int safe = held.length() - possibleBeginning();
        String out = held.substring(0, safe);
        held.delete(0, safe);
        return out;
    }

    /** Whether one of the strings was found; the text ends before it. */
    boolean isMet() {
        return met;
    }

    /**
     * The text has ended.
     *
     * @param text that comes last
     * @return what was held back, with it
     */
    String finish(String text) {
        if (met) {
            return "";
        }
        // One that the very last characters complete ends the text before it too.
        String last = texts.isEmpty() ? text : feed(text, leastTokens) + held;
        held.setLength(0);
        return last;
    }

    /**
     * Where the string begins that is complete first, of several the longest: so the borders of
     * tokens do not matter. −1 when none is.
     */
    private int firstCompleted() {
        int start = -1;
        int end = Integer.MAX_VALUE;
        for (String text : texts) {
            int at = held.indexOf(text);
            int after = at + text.length();
            if (at >= 0 && (after < end || (after == end && at < start))) {
                start = at;
                end = after;
            }
        }
        return start;
    }

    /** Length of the longest end of the text that one of the strings begins with. */
    private int possibleBeginning() {
        int longest = 0;
        for (String text : texts) {
            for (int length = Math.min(text.length() - 1, held.length());
                    length > longest;
                    length--) {
                if (endsWithBeginningOf(text, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWithBeginningOf(String text, int length) {
        int from = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (held.charAt(from + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
