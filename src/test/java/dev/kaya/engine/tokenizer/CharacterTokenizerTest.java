package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CharacterTokenizerTest {

    private final Tokenizer tokenizer = new CharacterTokenizer(List.of("\n", "a", "", "ä", "😀"));

    @Test
    void everyCharacterIsOneToken() {
        assertThat(tokenizer.encode("a😀\näa", false)).containsExactly(1, 4, 0, 3, 1);
        assertThat(tokenizer.encode("", false)).isEmpty();
        assertThat(tokenizer.decode(new int[] {1, 4, 0, 3, 1})).isEqualTo("a😀\näa");
    }

    @Test
    void anUnknownCharacterIsNamedWithItsOffsetInCodePoints() {
        assertThatThrownBy(() -> tokenizer.encode("😀😀éa", false))
                .isInstanceOfSatisfying(
                        UnencodableTextException.class,
                        e -> {
                            assertThat(e.codePoint()).isEqualTo('é');
                            assertThat(e.offset()).isEqualTo(2);
                        });
    }

    @Test
    void anUnpairedSurrogateIsTheReplacementCharacter() {
        var replacing = new CharacterTokenizer(List.of("\uFFFD", "a"));

        assertThat(replacing.encode("a\uD83Da\uDE00", false)).containsExactly(1, 0, 1, 0);
        assertThatThrownBy(() -> tokenizer.encode("a\uD83D", false))
                .isInstanceOf(UnencodableTextException.class)
                .hasMessageContaining("U+FFFD");
    }

    @Test
    void anIdWithoutCharacterIsAHole() {
        assertThat(tokenizer.vocabularySize()).isEqualTo(5);
        assertThat(tokenizer.isDefined(2)).isFalse();
        assertThat(tokenizer.isDefined(1)).isTrue();
        assertThat(tokenizer.isDefined(5)).isFalse();
        assertThat(tokenizer.isDefined(-1)).isFalse();
        assertThat(tokenizer.bytes(2)).isEmpty();
        assertThat(tokenizer.bytes(5)).isEmpty();
        assertThat(tokenizer.bytes(-1)).isEmpty();
        assertThat(new CharacterTokenizer(List.of("a", "", "")).vocabularySize()).isEqualTo(1);
    }

    @Test
    void microgptsBosIsSpecialWithoutText() {
        var microgpt = new CharacterTokenizer(List.of("a", "b"), new int[] {2}, OptionalInt.of(2));

        assertThat(microgpt.vocabularySize()).isEqualTo(3);
        assertThat(microgpt.addsBos()).isTrue();
        assertThat(microgpt.bosTokenId()).hasValue(2);
        assertThat(microgpt.isSpecial(2)).isTrue();
        assertThat(microgpt.isDefined(2)).isTrue();
        assertThat(microgpt.bytes(2)).isEmpty();
        assertThat(microgpt.encode("ab", true)).containsExactly(0, 1);
        assertThat(tokenizer.addsBos()).isFalse();
        assertThat(tokenizer.bosTokenId()).isEmpty();
    }

    @Test
    void specialIdsMayComeFirst() {
        var earliest =
                new CharacterTokenizer(
                        List.of("", "", "a", "b"), new int[] {0, 1}, OptionalInt.of(0));

        assertThat(earliest.encode("ba", false)).containsExactly(3, 2);
        assertThat(earliest.isSpecial(1)).isTrue();
        assertThat(earliest.isSpecial(2)).isFalse();
    }

    @Test
    void refusesWhatIsNoVocabularyOfCharacters() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CharacterTokenizer(List.of("ab")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CharacterTokenizer(List.of("\uD83D")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CharacterTokenizer(List.of("a", "a")))
                .withMessageContaining("two ids, 0 and 1");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new CharacterTokenizer(
                                        List.of("a"), new int[] {0}, OptionalInt.empty()));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new CharacterTokenizer(List.of("a"), new int[0], OptionalInt.of(0)));
    }
}
