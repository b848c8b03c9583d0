package dev.kaya.scheduler;

import java.util.List;

/**
 * The strings that end a text, as one automaton that reads it a character at a time (Aho and
 * Corasick 1975). A state is the longest end of the text read that one of the strings begins with;
 * so it is all that a matcher has to remember, and what it holds back can be told from it.
 *
 * <p>Where a state has no way on, the next shorter one that could have is tried; shorter ones
 * without another way are passed over (the stronger failure links of Knuth, Morris and Pratt 1977).
 * A character then takes a few tries at worst, whatever the strings, and one or two on average.
 * Immutable.
 */
final class StopTexts {

    /** Where every text begins: nothing of it begins any of the strings. */
    static final char START = 0;

    private static final char NONE = 0;
    private static final int MOST_CHARACTERS = Character.MAX_VALUE - 1;

    private final List<String> texts;

    // A tree of the strings, one state a node; START, which is nobody's child, stands for none.
    private final char[] labels;
    private final char[] firstChildren;
    private final char[] nextSiblings;
    private final char[] depths;
    private final char[] origins; // one of the strings that lead through a state
    private final char[] retries; // the longest shorter end with another way on
    private final char[] completed; // length of the longest string that is complete
    private int size = 1;

    /**
     * @param texts none of them empty; of at most 65,534 characters together
     */
    StopTexts(List<String> texts) {
        this.texts = List.copyOf(texts);
        int characters = texts.stream().mapToInt(String::length).sum();
        if (characters > MOST_CHARACTERS) {
            throw new IllegalArgumentException("stop strings of " + characters + " characters");
        }
        int room = characters + 1;
        labels = new char[room];
        firstChildren = new char[room];
        nextSiblings = new char[room];
        depths = new char[room];
        origins = new char[room];
        retries = new char[room];
        completed = new char[room];
        for (int origin = 0; origin < this.texts.size(); origin++) {
            add(origin);
        }
        link();
    }

    private void add(int origin) {
        String text = texts.get(origin);
        int state = START;
        for (int i = 0; i < text.length(); i++) {
            char child = child(state, text.charAt(i));
            if (child == NONE) {
                child = (char) size++;
                labels[child] = text.charAt(i);
                nextSiblings[child] = firstChildren[state];
                firstChildren[state] = child;
                depths[child] = (char) (i + 1);
                origins[child] = (char) origin;
            }
            state = child;
        }
        completed[state] = (char) text.length();
    }

    /** Finds what is shorter than each state, the shortest states first. */
    private void link() {
        char[] shorter = new char[size]; // the next shorter end that one of the strings begins with
        char[] queue = new char[size];
        int end = 1;
        for (int next = 0; next < size; next++) {
            char state = queue[next];
            for (char child = firstChildren[state]; child != NONE; child = nextSiblings[child]) {
                queue[end++] = child;
                shorter[child] = state == START ? START : walk(shorter, state, labels[child]);
                if (completed[child] == 0) {
                    completed[child] = completed[shorter[child]];
                }
            }
            char retry = shorter[state];
            retries[state] = hasNoOtherWay(retry, state) ? retries[retry] : retry;
        }
    }

    private char walk(char[] shorter, char longer, char c) {
        char state = longer;
        do {
            state = shorter[state];
        } while (state != START && child(state, c) == NONE);
        return child(state, c);
    }

    private boolean hasNoOtherWay(int state, int longer) {
        if (state == START) {
            return false;
        }
        for (char child = firstChildren[state]; child != NONE; child = nextSiblings[child]) {
            if (child(longer, labels[child]) == NONE) {
                return false;
            }
        }
        return true;
    }

    private char child(int state, char c) {
        char child = firstChildren[state];
        while (child != NONE && labels[child] != c) {
            child = nextSiblings[child];
        }
        return child;
    }

    boolean isEmpty() {
        return texts.isEmpty();
    }

    /** The state after another character. */
    int next(int state, char c) {
        int from = state;
        char child = child(from, c);
        while (child == NONE && from != START) {
            from = retries[from];
            child = child(from, c);
        }
        return child;
    }

    /** Length of the longest string that the text ends with; 0 when it ends with none. */
    int completed(int state) {
        return completed[state];
    }

    /** Length of the longest end of the text that one of the strings begins with. */
    int depth(int state) {
        return depths[state];
    }

    /** The first characters of that end, at most {@link #depth}. */
    String beginning(int state, int length) {
        return state == START ? "" : texts.get(origins[state]).substring(0, length);
    }

    /** States, for tests that count. */
    int size() {
        return size;
    }

    /** Most shorter states that {@link #next} tries after one, for tests that count. */
    int tries(int state) {
        int tries = 0;
        for (int from = state; from != START; from = retries[from]) {
            tries++;
        }
        return tries;
    }
}
