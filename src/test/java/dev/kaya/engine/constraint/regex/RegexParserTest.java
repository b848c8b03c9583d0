package dev.kaya.engine.constraint.regex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.Automata;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.automaton.Dfa;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns accept what {@code java.util.regex} accepts, or are refused where they stand. */
public class RegexParserTest {

    private static final String[] ALPHABET = {
        "a",
        "b",
        "c",
        "A",
        "Z",
        "z",
        "0",
        "1",
        "9",
        "_",
        "-",
        ".",
        "*",
        " ",
        "\n",
        "\t",
        "\"",
        "\\",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "^",
        "$",
        "|",
        "é",
        "ß",
        "\u00A0",
        "\u2028",
        "Ω",
        "中",
        "\uFFFD",
        "😀",
        "\uD83D\uDE42",
        "\uDBFF\uDFFF"
    };

    public static Dfa dfa(String pattern) throws ConstraintException {
        return Automata.of(pattern);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "abc",
                "a|bc|",
                "(a|b)*abb",
                "(?:ab?c*)+",
                "(?<name>a)(?<other2>b)?",
                "a{3}",
                "a{2,}",
                "a{0,3}b{1,2}",
                "(a{2}|b){2,3}",
                "a+?b*?c??d{1,2}?",
                "[abc]+",
                "[^abc]{1,2}",
                "[a-cx-z_-]*",
                "[-a]+",
                "[a\\-z]+",
                "[\\]\\[\\^]+",
                "[.*+?(){}|$^]+",
                "\\d+\\.\\d*",
                "\\D{1,2}",
                "\\w+@\\w+",
                "[\\w.]+",
                "[^\\W_]+",
                "[\\d\\-z]+",
                "\\t\\n[\\r\\f\\n]*",
                "\\x41\\u00e9?\\uD83D\\uDE00*",
                "é*ß|中+",
                "[é-Ω]+",
                "[\\u4e00-\\u9fff]{1,3}",
                "[😀-🙏]+",
                "[a-😀]*",
                "\\.\\*\\\\\\{\\}\\[\\]\\(\\)\\^\\$\\|\\/",
                "^abc$",
                "^a|b$",
                "}|]",
                "((a|b)(c|d))*",
                "(a*)*b",
                "(|a)b",
                "()*",
                "x*(yx*)*",
                "[\\s\\d]*",
                "\\s+",
            })
    void acceptsWhatJavaAccepts(String pattern) throws ConstraintException {
        Dfa dfa = dfa(pattern);
        Pattern reference = Pattern.compile(pattern);
        var random = new Random(7);
        for (String text : texts(dfa, random)) {
            assertThat(dfa.accepts(text))
                    .as("'%s' on '%s'", pattern, text)
                    .isEqualTo(reference.matcher(text).matches());
        }
    }

    /** Java's dot stops at the same characters, its \S does not. */
    @Test
    void aDotIsAnythingButLineEndsToAnyDialect() throws ConstraintException {
        for (String text : texts(dfa(".{0,4}"), new Random(3))) {
            assertThat(dfa(".{0,4}").accepts(text))
                    .as(text)
                    .isEqualTo(Pattern.matches(".{0,4}", text));
        }
        for (String end : List.of("\n", "\r", "\u0085", "\u2028", "\u2029")) {
            assertThat(dfa(".").accepts(end)).isFalse();
        }
    }

    @Test
    void whiteSpaceIsWhatIsWhiteSpaceToAllDialects() throws ConstraintException {
        assertThat(dfa("\\s").accepts("\u00A0")).isFalse();
        assertThat(dfa("\\S").accepts("\u00A0")).isFalse();
        assertThat(dfa("[^\\s]").accepts("\u00A0")).isFalse();
        assertThat(dfa("[^\\S]").accepts("\u00A0")).isFalse();
        assertThat(dfa("\\s").accepts("\u000B")).isTrue();
        assertThat(dfa("[^\\S]").accepts(" ")).isTrue();
        assertThat(dfa("\\S").accepts("a")).isTrue();
        assertThat(dfa("\\S").accepts(" ")).isFalse();
    }

    /** Texts of all kinds, those among them that the automaton leads to, and near misses. */
    private static List<String> texts(Dfa dfa, Random random) {
        List<String> texts = new ArrayList<>();
        texts.add("");
        for (int i = 0; i < 300; i++) {
            texts.add(anyText(random, random.nextInt(6)));
        }
        for (int i = 0; i < 300; i++) {
            String walked = walk(dfa, random);
            texts.add(walked);
            if (!walked.isEmpty()) {
                int cut =
                        walked.offsetByCodePoints(
                                0, random.nextInt(walked.codePointCount(0, walked.length())));
                texts.add(walked.substring(0, cut) + anyText(random, 1) + walked.substring(cut));
                texts.add(
                        walked.substring(0, cut)
                                + walked.substring(walked.offsetByCodePoints(cut, 1)));
            }
        }
        return texts;
    }

    private static String anyText(Random random, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
        }
        return text.toString();
    }

    /** Follows the alphabet's characters, at random, through the automaton. */
    private static String walk(Dfa dfa, Random random) {
        var text = new StringBuilder();
        int state = Dfa.START;
        for (int tries = 0; tries < 60; tries++) {
            if (dfa.accepts(state) && random.nextInt(6) == 0) {
                break;
            }
            String next = ALPHABET[random.nextInt(ALPHABET.length)];
            int to = dfa.next(state, next.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            if (to != Dfa.DEAD) {
                text.append(next);
                state = to;
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "a(?=b)~2~lookahead",
                "(?!a)~1~lookahead",
                "(?<=a)b~1~lookbehind",
                "(?<!a)b~1~lookbehind",
                "(?>a)~1~atomic",
                "(?i)a~1~flags",
                "(a)\\1~4~back reference",
                "(?<x>a)\\k<x>~8~back reference",
                "\\bword~1~word boundary",
                "\\p{L}~1~Unicode property",
                "[\\p{L}]~2~Unicode property",
                "\\Aa~1~anchor",
                "a^b~2~^ behind the start",
                "a$b~2~$ before the end",
                "(^a)~2~anchor ^ within a group",
                "(a$)~3~anchor $ within a group",
                "a++~3~possessive",
                "\\Qa\\E~1~\\Q",
                "\\0~1~escape",
                "[\\1]~2~escape",
            })
    void refusesByNameWhatItDoesNotSupport(String pattern, int character, String what) {
        var refusal = refusal(pattern);
        assertThat(refusal.kind()).isEqualTo(Kind.UNSUPPORTED);
        assertThat(refusal.place()).isEqualTo("character " + character);
        assertThat(refusal).hasMessageContaining(what).hasMessageEndingWith("not supported");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '\0',
            value = {
                "(a~1~not closed",
                "a)~2~closes nothing",
                "[a~1~not closed",
                "[~1~not closed",
                "[]~2~must be escaped",
                "[a[b]]~3~must be escaped",
                "[a&&b]~3~must be escaped",
                "*a~1~nothing to repeat",
                "a|+~3~nothing to repeat",
                "a**~3~follows another",
                "a{2}{3}~5~follows another",
                "a{~2~quantifier",
                "a{x}~2~quantifier",
                "a{1,2~2~quantifier",
                "{1}~1~must be escaped",
                "a{3,2}~2~wrong way round",
                "[z-a]~2~wrong way round",
                "[\\d-z]~2~one character to another",
                "a\\~2~nothing follows",
                "\\x4~1~hexadecimal",
                "\\u12~1~hexadecimal",
                "\\u{110000}~1~no such character",
                "\\u{d800}~1~no such character",
                "\\uD83D~1~half a character",
                "\\uDE00\\uD83D~1~half a character",
                "(?<>a)~1~name",
            })
    void refusesWhatIsMalformedWhereItStands(String pattern, int character, String what) {
        var refusal = refusal(pattern);
        assertThat(refusal.kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal.place()).isEqualTo("character " + character);
        assertThat(refusal).hasMessageContaining(what);
    }

    private static ConstraintException refusal(String pattern) {
        return catchThrowableOfType(ConstraintException.class, () -> dfa(pattern));
    }

    private static void assertTooLarge(String pattern, String what) {
        var refusal = refusal(pattern);
        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal).hasMessageContaining(what);
    }

    @Test
    void everyBoundHoldsAtItselfAndRefusesOneMore() throws ConstraintException {
        assertThat(dfa("a{1000}").accepts("a".repeat(1_000))).isTrue();
        assertTooLarge("a{1001}", "up to 1000 repetitions");
        assertTooLarge("a{0,99999999999}", "up to 1000 repetitions");

        String longest = "a".repeat(Limits.PATTERN_LENGTH);
        assertThat(dfa(longest).accepts(longest)).isTrue();
        assertTooLarge(longest + "a", "at most 10000 characters");

        String deepest = "(".repeat(Limits.GROUP_DEPTH) + "a" + ")".repeat(Limits.GROUP_DEPTH);
        assertThat(dfa(deepest).accepts("a")).isTrue();
        assertTooLarge("(" + deepest + ")", "at most 100 deep");

        // A text of n characters needs n + 1 states: 32 · 1,000 + 767 and one.
        String most = "(?:a{1000}){32}a{767}";
        assertThat(dfa(most).states()).isEqualTo(Limits.STATES);
        assertTooLarge(most + "a", "more than 32768 states");
        // The n-th character from the end: 2^n states.
        assertThat(dfa("(?:a|b)*a(?:a|b){9}").states()).isEqualTo(1 << 10);
        assertTooLarge("(?:a|b)*a(?:a|b){15}", "more than 32768 states");
        assertTooLarge("(?:(?:a{1000}){1000}){1000}", "more than 400000 states");
    }

    @Test
    void automataAreAsSmallAsTheyCanBe() throws ConstraintException {
        assertThat(dfa("(a|b)*abb").states()).isEqualTo(4); // Aho, Sethi and Ullman, figure 3.36
        assertThat(dfa("(?:a|b|c|d)*").states()).isEqualTo(1);
        assertThat(dfa("cat|bat|hat").states()).isEqualTo(4);
        assertThat(dfa("abcd|xbcd").states()).isEqualTo(5);
        // Any scalar value: by the first byte's kind, seven states that await continuations.
        assertThat(dfa("[\\u0000-\\u{10FFFF}]*").states()).isEqualTo(8);
        assertThat(dfa("a*|aa*|(aaa)*").states()).isEqualTo(1);
    }
}
