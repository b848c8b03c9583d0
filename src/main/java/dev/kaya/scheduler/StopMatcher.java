package dev.kaya.scheduler;

/**
 * Finds the strings that end a text, wherever the borders of its tokens lie. Text that could be the
 * beginning of one is held back until it is known not to be; so nothing of it is ever handed out.
 * Each character is looked at once; what is remembered of the text is one state. One sequence's.
 */
final class StopMatcher {

    private final StopTexts texts;
    private final int leastTokens;
    private int state = StopTexts.START;
    private boolean counts;
    private boolean met;

    /**
     * @param texts that end it
     * @param leastTokens before which they do not count
     */
    StopMatcher(StopTexts texts, int leastTokens) {
        this.texts = texts;
        this.leastTokens = leastTokens;
        counts = leastTokens == 0;
    }

    /** One that goes on from here by itself. */
    StopMatcher copy() {
        var copy = new StopMatcher(texts, leastTokens);
        copy.state = state;
        copy.counts = counts;
        copy.met = met;
        return copy;
    }

    /**
     * Takes the text of the next token.
     *
     * @param text whole characters
     * @param before tokens generated before it
     * @return what may be handed out now
     */
    String feed(String text, int before) {
        counts = before + 1 >= leastTokens;
        return feed(text);
    }

    private String feed(String text) {
        if (texts.isEmpty() || !counts) {
            return text;
        }
        int from = state;
        int held = texts.depth(from);
        for (int i = 0; i < text.length(); i++) {
            state = texts.next(state, text.charAt(i));
            int completed = texts.completed(state);
            if (completed > 0) {
                met = true;
                state = StopTexts.START;
                // The string that is complete first, of several the longest: so the borders of
                // tokens do not matter.
                return first(held + i + 1 - completed, from, text);
            }
        }
        return first(held + text.length() - texts.depth(state), from, text);
    }

    /** The beginning of what was held back in a state and the text after it. */
    private String first(int length, int from, String text) {
        int held = texts.depth(from);
        if (length <= held) {
            return texts.beginning(from, length);
        }
        return held == 0
                ? text.substring(0, length)
                : texts.beginning(from, held).concat(text.substring(0, length - held));
    }

    /** Whether one of the strings was found; the text ends before it. */
    boolean isMet() {
        return met;
    }

    /**
     * The text has ended. One that the very last characters complete ends it too, unless it had too
     * few tokens: see {@link #isMet}.
     *
     * @param text that comes last
     * @return what was held back, with it
     */
    String finish(String text) {
        if (met) {
            return "";
        }
        String last = feed(text);
        if (!met) {
            last = last.concat(texts.beginning(state, texts.depth(state)));
        }
        state = StopTexts.START;
        return last;
    }
}
