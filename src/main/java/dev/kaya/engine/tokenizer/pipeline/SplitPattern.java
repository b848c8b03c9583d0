package dev.kaya.engine.tokenizer.pipeline;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Translates a split pattern written for Oniguruma, the engine of Hugging Face's {@code
 * tokenizers}, into one that means the same to {@code java.util.regex}.
 *
 * <p>Only what certainly means the same is let through: literals, classes of characters and Unicode
 * properties, alternatives, groups, quantifiers on characters and classes, look-ahead, and the case
 * of ASCII letters ignored. That covers the patterns in use (GPT-4's, GPT-4o's, Mistral's Tekken,
 * DeepSeek's, BLOOM's). Everything else is refused by name, as are patterns that match the empty
 * text; and so are groups repeated without bound, for which Java's stack is too small. The engines
 * share the order in which they try alternatives, and their backtracking.
 *
 * <p>Patterns that very many models share have splitters by hand: {@link Gpt2WordSplitter} and
 * {@link Llama3WordSplitter}.
 *
 * @see <a href="https://github.com/kkos/oniguruma/blob/master/doc/RE">Oniguruma's syntax</a>
 */
public final class SplitPattern {

    /** What White_Space is to Unicode, and {@code \s} to Oniguruma. */
    private static final String SPACE = "\\p{IsWhite_Space}";

    private static final String NO_SPACE = "\\P{IsWhite_Space}";

    /** What an escape is that stands for several characters. */
    private static final int SET = -1;

    private static final int LONGEST_PATTERN = 4096;
    private static final int DEEPEST = 16;
    private static final int MOST_REPEATS = 1024;

    private static final String CATEGORIES =
            "L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?";

    private static final String SCRIPTS =
            "Arabic|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai";

    private static final Map<Character, Integer> CONTROLS =
            Map.of('n', 0x0A, 'r', 0x0D, 't', 0x09, 'f', 0x0C, 'v', 0x0B, 'a', 0x07, 'e', 0x1B);

    /** Letters whose case is ignored together with one outside ASCII. */
    private static final Map<Character, String> FOREIGN_CASES = Map.of('s', "ſ", 'k', "\u212A");

    /** Letters that are one character where case is ignored: ß, ligatures and the like. */
    private static final Set<String> FOLDED_PAIRS = Set.of("ss", "ff", "fi", "fl", "st");

    private final String source;
    private final StringBuilder target = new StringBuilder();
    private int at;
    private int depth;
    private boolean ignoresCase;

    /** A pattern that is not supported; the message tells which part of it. */
    public static final class UnsupportedPatternException extends Exception {
        private static final long serialVersionUID = 1L;

        UnsupportedPatternException(String message) {
            super(message);
        }
    }

    private SplitPattern(String source) {
        this.source = source;
    }

    /**
     * Translates a pattern.
     *
     * @throws UnsupportedPatternException naming what is not supported, and where
     */
    public static Pattern compile(String source) throws UnsupportedPatternException {
        if (source.length() > LONGEST_PATTERN) {
            throw new UnsupportedPatternException(
                    "it is longer than " + LONGEST_PATTERN + " characters");
        }
        var pattern = new SplitPattern(source);
        int shortest = pattern.alternatives();
        if (pattern.at < source.length()) {
            throw pattern.unsupported("')' without '('");
        }
        if (shortest == 0) {
            throw new UnsupportedPatternException("it matches the empty text");
        }
        try {
            return Pattern.compile(pattern.target.toString());
        } catch (PatternSyntaxException e) {
            throw new UnsupportedPatternException(String.valueOf(e.getMessage()));
        }
    }

    /** Translates alternatives; returns the fewest characters that any of them matches. */
    private int alternatives() throws UnsupportedPatternException {
        if (++depth > DEEPEST) {
            throw unsupported("groups nested more than " + DEEPEST + " deep");
        }
        int shortest = sequence();
        while (at < source.length() && source.charAt(at) == '|') {
            target.append('|');
            at++;
            shortest = Math.min(shortest, sequence());
        }
        depth--;
        return shortest;
    }

    private int sequence() throws UnsupportedPatternException {
        int length = 0;
        while (at < source.length() && source.charAt(at) != '|' && source.charAt(at) != ')') {
            boolean group = source.charAt(at) == '(';
            int shortest = group ? group() : character();
            int repeats = quantifier(group);
            length = Math.min(LONGEST_PATTERN, length + shortest * repeats);
        }
        return length;
    }

    /** A group in brackets; returns the fewest characters that it matches. */
    private int group() throws UnsupportedPatternException {
        boolean outside = ignoresCase;
        boolean looksAhead = false;
        if (take("(?:")) {
            target.append("(?:");
        } else if (take("(?i:")) {
            target.append("(?:");
            ignoresCase = true;
        } else if (take("(?=")) {
            target.append("(?=");
            looksAhead = true;
        } else if (take("(?!")) {
            target.append("(?!");
            looksAhead = true;
        } else if (source.startsWith("(?", at)) {
            throw unsupported("a group of this kind");
        } else {
            at++;
            target.append("(?:");
        }
        int shortest = alternatives();
        if (!take(")")) {
            throw unsupported("'(' without ')'");
        }
        target.append(')');
        ignoresCase = outside;
        return looksAhead ? 0 : shortest;
    }

    /** One literal, escape or class; always matches one character. */
    private int character() throws UnsupportedPatternException {
        char first = source.charAt(at);
        if (".^$*+?{}]".indexOf(first) >= 0) {
            throw unsupported("'" + first + "'");
        }
        if (first == '[') {
            characterClass();
        } else {
            int codePoint = first == '\\' ? escape() : codePoint();
            if (codePoint != SET) {
                refuseFoldedPair(codePoint);
                target.append(ignoresCase ? "[" : "");
                append(codePoint);
                target.append(ignoresCase ? "]" : "");
            }
        }
        return 1;
    }

    /** The fewest times that what stands before is to match. */
    private int quantifier(boolean group) throws UnsupportedPatternException {
        if (at == source.length()) {
            return 1;
        }
        char sign = source.charAt(at);
        return switch (sign) {
            case '?' -> simpleQuantifier(sign, 0);
            case '*' -> simpleQuantifier(unboundedOnly(group, sign), 0);
            case '+' -> simpleQuantifier(unboundedOnly(group, sign), 1);
            case '{' -> counts(group);
            default -> 1;
        };
    }

    private char unboundedOnly(boolean group, char sign) throws UnsupportedPatternException {
        if (group) {
            throw unsupported("a repeated group");
        }
        return sign;
    }

    private int simpleQuantifier(char sign, int fewest) throws UnsupportedPatternException {
        at++;
        target.append(sign);
        if (take("+")) {
            target.append('+');
        }
        refuseSecondQuantifier();
        return fewest;
    }

    /** {n}, {n,} or {n,m}. */
    private int counts(boolean group) throws UnsupportedPatternException {
        int close = source.indexOf('}', at);
        String counts = close < 0 ? "" : source.substring(at + 1, close);
        if (group || !counts.matches("[0-9]{1,4}(,([0-9]{1,4})?)?")) {
            throw unsupported("a quantifier of this form");
        }
        int comma = counts.indexOf(',');
        int fewest = Integer.parseInt(comma < 0 ? counts : counts.substring(0, comma));
        boolean unbounded = comma == counts.length() - 1;
        int most = comma < 0 || unbounded ? fewest : Integer.parseInt(counts.substring(comma + 1));
        if (most < fewest || most > MOST_REPEATS || (unbounded && fewest == 0)) {
            throw unsupported("a quantifier with these counts");
        }
        target.append('{').append(counts).append('}');
        at = close + 1;
        refuseSecondQuantifier();
        return fewest;
    }

    private void refuseSecondQuantifier() throws UnsupportedPatternException {
        if (at < source.length() && "?*+{".indexOf(source.charAt(at)) >= 0) {
            throw unsupported("a quantifier of a quantifier");
        }
    }

    private void characterClass() throws UnsupportedPatternException {
        target.append('[');
        at++;
        if (take("^")) {
            target.append('^');
        }
        members();
        target.append(']');
    }

    /** The members of a class up to its bracket. A class within it adds its members. */
    private void members() throws UnsupportedPatternException {
        if (take("]")) {
            throw unsupported("an empty class");
        }
        while (!take("]")) {
            if (at >= source.length()) {
                throw unsupported("a class without end");
            }
            if (source.startsWith("[^", at)
                    || source.startsWith("[:", at)
                    || source.startsWith("&&", at)) {
                throw unsupported("a class within a class");
            }
            if (take("[")) {
                members();
            } else {
                member();
            }
        }
    }

    /** A character, a set or a range. */
    private void member() throws UnsupportedPatternException {
        int start = source.charAt(at) == '\\' ? escape() : codePoint();
        boolean range =
                at + 1 < source.length()
                        && source.charAt(at) == '-'
                        && source.charAt(at + 1) != ']';
        if (!range) {
            if (start != SET) {
                append(start);
            }
            return;
        }
        at++;
        int end = source.charAt(at) == '\\' ? escape() : codePoint();
        if (start == SET || end == SET || end == '[' || end < start || ignoresCase) {
            throw unsupported("a range of this form");
        }
        append(start);
        target.append('-');
        append(end);
    }

    /**
     * Reads an escape.
     *
     * @return the character that it stands for, or {@link #SET} when it stands for several, which
     *     are then translated
     */
    private int escape() throws UnsupportedPatternException {
        at++;
        if (at == source.length()) {
            throw unsupported("a backslash at the end");
        }
        char kind = source.charAt(at);
        switch (kind) {
            case 's' -> target.append(SPACE);
            case 'S' -> target.append(NO_SPACE);
            case 'd' -> target.append("\\p{Nd}");
            case 'D' -> target.append("\\P{Nd}");
            case 'p', 'P' -> {
                property(kind == 'P');
                return SET;
            }
            default -> {
                return escapedCharacter(kind);
            }
        }
        at++;
        return SET;
    }

    private int escapedCharacter(char kind) throws UnsupportedPatternException {
        Integer control = CONTROLS.get(kind);
        if (control != null) {
            at++;
            return control;
        }
        if (kind == 'u') {
            String digits = source.substring(at + 1, Math.min(at + 5, source.length()));
            if (!digits.matches("[0-9A-Fa-f]{4}")) {
                throw unsupported("'\\u' without four digits");
            }
            at += 5;
            return Integer.parseInt(digits, 16);
        }
        if (kind < 0x80 && Character.isLetterOrDigit(kind)) {
            throw unsupported("'\\" + kind + "'");
        }
        return codePoint();
    }

    /** A general category or a script, {@code \p{L}} or {@code \p{^Han}}. */
    private void property(boolean negated) throws UnsupportedPatternException {
        int close = source.indexOf('}', at);
        if (close < 0 || source.charAt(at + 1) != '{' || ignoresCase) {
            throw unsupported("a property of this form");
        }
        boolean caret = source.startsWith("{^", at + 1);
        String name = source.substring(at + (caret ? 3 : 2), close);
        if (!name.matches(CATEGORIES) && !name.matches(SCRIPTS)) {
            throw unsupported("the property '" + name + "'");
        }
        target.append(negated != caret ? "\\P{" : "\\p{");
        target.append(name.matches(SCRIPTS) ? "Is" : "").append(name).append('}');
        at = close + 1;
    }

    /** Where case is ignored, Oniguruma takes one letter for some pairs of letters. */
    private void refuseFoldedPair(int codePoint) throws UnsupportedPatternException {
        if (!ignoresCase || at == source.length() || codePoint >= 0x80) {
            return;
        }
        String pair = Character.toString(codePoint) + source.charAt(at);
        if (FOLDED_PAIRS.contains(pair.toLowerCase(Locale.ROOT))) {
            throw unsupported("'" + pair + "' in any case");
        }
    }

    private int codePoint() {
        int codePoint = source.codePointAt(at);
        at += Character.charCount(codePoint);
        return codePoint;
    }

    /** A character, in a class also those that it is where case is ignored. */
    private void append(int codePoint) throws UnsupportedPatternException {
        append(target, codePoint);
        if (!ignoresCase) {
            return;
        }
        if (codePoint >= 0x80) {
            throw unsupported("'" + Character.toString(codePoint) + "' in any case");
        }
        char lower = (char) Character.toLowerCase(codePoint);
        append(target, lower);
        append(target, Character.toUpperCase(lower));
        FOREIGN_CASES.getOrDefault(lower, "").codePoints().forEach(other -> append(target, other));
    }

    private static void append(StringBuilder target, int codePoint) {
        target.append("\\x{").append(Integer.toHexString(codePoint)).append('}');
    }

    private boolean take(String expected) {
        boolean there = source.startsWith(expected, at);
        at += there ? expected.length() : 0;
        return there;
    }

    private UnsupportedPatternException unsupported(String what) {
        return new UnsupportedPatternException("%s at character %d".formatted(what, at));
    }
}
