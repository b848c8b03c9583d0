package dev.kaya.documents;

import java.util.ArrayList;
import java.util.List;

/**
 * A command of a document, split into words as a shell would: quotes, dollar quotes, backslashes
 * and comments, and nothing else of a shell.
 *
 * @param words without their quotes
 * @param complete whether all quotes are closed and nothing asks for another line
 */
record ShellLine(List<String> words, boolean complete) {

    static ShellLine of(String text) {
        return new Splitter(text).split();
    }

    /** Reads one character after the other. */
    private static final class Splitter {
        private final String text;
        private final List<String> words = new ArrayList<>();
        private final StringBuilder word = new StringBuilder();
        private boolean inWord;
        private int at;

        private Splitter(String text) {
            this.text = text;
        }

        private ShellLine split() {
            boolean complete = true;
            while (at < text.length() && complete) {
                char c = text.charAt(at);
                if (Character.isWhitespace(c)) {
                    endWord();
                    at++;
                } else if (c == '#' && !inWord) {
                    skipComment();
                } else {
                    complete = part(c);
                }
            }
            endWord();
            return new ShellLine(words, complete);
        }

        private boolean part(char c) {
            if (c == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '\n') {
                at += 2; // the line goes on
                return true;
            }
            if (c == '\\' && at + 1 == text.length()) {
                return false;
            }
            inWord = true;
            return switch (c) {
                case '\'' -> quoted(at + 1, '\'', false);
                case '"' -> quoted(at + 1, '"', true);
                case '$' ->
                        text.startsWith("$'", at) ? quoted(at + 2, '\'', true) : plain(at, at + 1);
                case '\\' -> plain(at + 1, at + 2);
                default -> plain(at, at + 1);
            };
        }

        private boolean plain(int from, int to) {
            word.append(text, from, to);
            at = to;
            return true;
        }

        private boolean quoted(int from, char end, boolean escapes) {
            for (at = from; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == end) {
                    at++;
                    return true;
                }
                if (c == '\\' && escapes && at + 1 < text.length()) {
                    word.append(escaped(text.charAt(++at), end));
                } else {
                    word.append(c);
                }
            }
            return false;
        }

        private static String escaped(char c, char end) {
            if (c == 'n' && end == '\'') {
                return "\n";
            }
            return "\"\\$`'".indexOf(c) < 0 ? "\\" + c : Character.toString(c);
        }

        private void skipComment() {
            while (at < text.length() && text.charAt(at) != '\n') {
                at++;
            }
        }

        private void endWord() {
            if (inWord) {
                words.add(word.toString());
                word.setLength(0);
                inWord = false;
            }
        }
    }
}
