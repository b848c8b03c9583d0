package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.automaton.CharacterSet;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.regex.RegexParser;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever multiplies in a pattern is compiled within its budget or refused within it. */
class CompilationCostTest {

    private static final String PLACE = "character 1";

    private static long steps(String pattern) throws ConstraintException {
        var budget =
                CompilationBudget.of(PLACE, Limits.COMPILATION_STEPS, Limits.COMPILATION_BYTES);
        Dfa.of(RegexParser.parse(pattern, "", budget), PLACE, budget);
        return Limits.COMPILATION_STEPS - budget.stepsLeft();
    }

    private static String times(String text, int count) {
        return text.repeat(count);
    }

    static List<String> empty() {
        return List.of(
                "",
                "()",
                "(|)",
                "(|||)*",
                "(((" + times("()", 3000) + "){1000}){1000}){300}",
                "((" + times("|", 100) + "){1000}){1000}",
                "((" + times("|", 9000) + "){1000}){300}",
                "(((){1000}|(|)){1000}|){1000}",
                "(a{0}){1000}");
    }

    /** What is always empty is found to be so while it is read. */
    @ParameterizedTest
    @MethodSource("empty")
    void emptyBodiesAndAlternativesCostNothing(String pattern) throws ConstraintException {
        assertThat(Automata.of(pattern).states()).isEqualTo(1);
        assertThat(Automata.of(pattern).accepts("")).isTrue();
        assertThat(Automata.of(pattern).accepts("a")).isFalse();
        assertThat(steps(pattern)).isLessThan(2L * pattern.length() + 3_000);
    }

    @Test
    void emptyAlternativesCollapseBesideOthers() throws ConstraintException {
        long once = steps("(a|b|){50}");
        assertThat(steps("(a||||b||){50}")).isLessThan(once + 20);
    }

    static List<String> nasty() {
        String alternatives =
                IntStream.range(0, 900)
                        .mapToObj("a%03d"::formatted)
                        .collect(Collectors.joining("|"));
        return List.of(
                "(((a?){1000}){1000}){1000}",
                "((a|){1000}){1000}",
                "(((a*)*){1000}){1000}",
                "([ab]*a[ab]{20})",
                "([ab]*a[ab]{15}){5}",
                "(.*a.{14}|.*b.{14}|.*c.{14})",
                "((" + alternatives + "){100}){9}",
                "((.|é|[^a]){100}){100}",
                "(([\\u0080-\\u{10FFFF}]){1000}){10}",
                "((a?b?c?d?){200}){5}x",
                "((x{0,999}){0,999}){0,999}",
                "(" + times("(a|b)?", 1500) + "){200}",
                "(a{1,1000}b{1,1000}){1000}",
                times("(", 100) + "a" + times("*)", 99) + "{1000})");
    }

    /** Each of them is done with, one way or the other, within the bounds that are counted. */
    @ParameterizedTest
    @MethodSource("nasty")
    void whatMultipliesIsCompiledOrRefused(String pattern) throws ConstraintException {
        var refusal = catchThrowableOfType(ConstraintException.class, () -> steps(pattern));
        if (refusal != null) {
            assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
            assertThat(refusal).hasMessageContaining("it is too large");
        }
    }

    /** One character more than may be, one group more, one repetition more. */
    @Test
    void sizesOfPatternsAreRefusedOverTheirBounds() throws ConstraintException {
        assertThat(steps(times("a", Limits.PATTERN_LENGTH))).isPositive();
        assertTooLarge(times("a", Limits.PATTERN_LENGTH + 1));
        int deep = Limits.GROUP_DEPTH;
        assertThat(steps(times("(", deep) + "a" + times(")", deep))).isPositive();
        assertTooLarge(times("(", deep + 1) + "a" + times(")", deep + 1));
        assertThat(steps("a{" + Limits.REPETITIONS + "}")).isPositive();
        assertTooLarge("a{" + (Limits.REPETITIONS + 1) + "}");
    }

    private static void assertTooLarge(String pattern) {
        assertThat(catchThrowableOfType(ConstraintException.class, () -> steps(pattern)).kind())
                .isEqualTo(Kind.TOO_LARGE);
    }

    /** The same pattern with just as many steps as it takes, and with one less. */
    @ParameterizedTest
    @ValueSource(strings = {"[ab]*a[ab]{5}", "(a|b|){20}", "[^a]{9}", "(cat|dog){3}"})
    void stepsAndBytesAreBoundedToTheLast(String pattern) throws ConstraintException {
        long steps = steps(pattern);
        compile(pattern, steps, Limits.COMPILATION_BYTES);
        assertThat(kind(pattern, steps - 1, Limits.COMPILATION_BYTES)).isEqualTo(Kind.TOO_LARGE);
        long enough = Limits.COMPILATION_BYTES;
        long less = 0;
        while (enough - less > 1) {
            long middle = (enough + less) / 2;
            if (kind(pattern, steps, middle) == null) {
                enough = middle;
            } else {
                less = middle;
            }
        }
        assertThat(enough).isBetween(1_000L, 1_000_000L);
        compile(pattern, steps, enough);
        assertThat(kind(pattern, steps, enough - 1)).isEqualTo(Kind.TOO_LARGE);
    }

    private static @Nullable Kind kind(String pattern, long steps, long bytes) {
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class, () -> compile(pattern, steps, bytes));
        return refusal == null ? null : refusal.kind();
    }

    private static void compile(String pattern, long steps, long bytes) throws ConstraintException {
        var budget = CompilationBudget.of(PLACE, steps, bytes);
        Dfa.of(RegexParser.parse(pattern, "", budget), PLACE, budget);
    }

    /** Classes of many members are made in one pass, not member by member. */
    @Test
    void aClassOfThousandsOfMembersIsOneUnion() throws ConstraintException {
        var members = new StringBuilder();
        for (int c = 0x4E00; c < 0x4E00 + 2 * 4_000; c += 2) {
            members.appendCodePoint(c);
        }
        CharacterSet set = CharacterSet.anyOf(members.toString());
        assertThat(set.ranges()).isEqualTo(4_000);
        assertThat(set.complement().ranges()).isEqualTo(4_002); // surrogates cut one in two
        assertThat(set.complement().complement()).isEqualTo(set);
        assertThat(Automata.of("[" + members + "]").accepts("一")).isTrue();
    }
}
