package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.tokenizer.pipeline.SplitPattern.UnsupportedPatternException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '`',
            textBlock =
                    """
                    a.b          ! '.' at character 1
                    ^a           ! '^' at character 0
                    a$           ! '$' at character 1
                    a)           ! ')' without '(' at character 1
                    (?:a         ! '(' without ')' at character 4
                    (?<=a)b      ! a group of this kind at character 0
                    (?>a)b       ! a group of this kind at character 0
                    (?i)a        ! a group of this kind at character 0
                    (?:ab)+      ! a repeated group at character 6
                    (?:ab)*c     ! a repeated group at character 6
                    (?:ab){2}    ! a quantifier of this form at character 6
                    a{,3}        ! a quantifier of this form at character 1
                    a{2}+        ! a quantifier of a quantifier at character 4
                    a+?          ! a quantifier of a quantifier at character 2
                    a**          ! a quantifier of a quantifier at character 2
                    a{3,2}       ! a quantifier with these counts at character 1
                    a{1,9999}    ! a quantifier with these counts at character 1
                    []a]         ! an empty class at character 2
                    [a           ! a class without end at character 2
                    [[:alpha:]]  ! a class within a class at character 1
                    [a&&b]       ! a class within a class at character 2
                    [a[^b]]      ! a class within a class at character 2
                    [z-a]        ! a range of this form at character 4
                    [a-\\s]      ! a range of this form at character 5
                    \\w+         ! '\\w' at character 1
                    a\\b         ! '\\b' at character 2
                    \\p{Foo}     ! the property 'Foo' at character 1
                    \\pL         ! a property of this form at character 1
                    \\u12        ! '\\u' without four digits at character 1
                    a\\          ! a backslash at the end at character 2
                    (?i:ß)       ! 'ß' in any case at character 5
                    (?i:ss)      ! 'ss' in any case at character 5
                    (?i:\\p{Lu}) ! a property of this form at character 5
                    a*           ! it matches the empty text
                    a|b?         ! it matches the empty text
                    (?=a)        ! it matches the empty text
                    """)
    void refusesWhatOnigurumaMayReadInAnotherWay(String pattern, String reason) {
        assertThatThrownBy(() -> SplitPattern.compile(pattern))
                .isInstanceOf(UnsupportedPatternException.class)
                .hasMessage(reason);
    }

    @Test
    void refusesPatternsThatWouldTakeTheStack() {
        assertThatThrownBy(() -> SplitPattern.compile("(".repeat(100) + "a" + ")".repeat(100)))
                .hasMessageContaining("nested more than");
        assertThatThrownBy(() -> SplitPattern.compile("a".repeat(5000)))
                .hasMessageContaining("longer than 4096 characters");
    }

    @Test
    void ignoresTheCaseOfLettersAsUnicodeDoes() throws UnsupportedPatternException {
        var pattern = SplitPattern.compile("(?i:k's)|[^\\d]x");

        assertThat("\u212A'ſ").matches(pattern);
        assertThat("K'S").matches(pattern);
        assertThat("\u0663x").doesNotMatch(pattern);
    }

    @Test
    void aLongRunNeedsNoStack() throws UnsupportedPatternException {
        String text = "a😀".repeat(1 << 18);

        assertThat(text).matches(SplitPattern.compile("[a-z\u0080-\uDBFF\uDFFF]+"));
        assertThat(text + "!").matches(SplitPattern.compile("[^!]*!"));
    }
}
