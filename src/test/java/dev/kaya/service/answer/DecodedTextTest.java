package dev.kaya.service.answer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecodedTextTest {

    private static final String PAIR = "\uD83D\uDE00";

    private static DecodedText of(long most, String... pieces) {
        Iterator<String> next = List.of(pieces).iterator();
        return new DecodedText(() -> next.hasNext() ? next.next() : null, most);
    }

    private static String all(DecodedText text) throws IOException {
        var whole = new StringWriter();
        text.transferTo(whole);
        return whole.toString();
    }

    @Test
    void joinsThePieces() throws IOException {
        assertThat(all(of(100, "a", "", "bc", "", "d"))).isEqualTo("abcd");
        assertThat(all(of(100))).isEmpty();
        assertThat(all(of(100, "", ""))).isEmpty();
    }

    @Test
    void endsAfterSoManyCharacters() throws IOException {
        assertThat(all(of(3, "ab", "cd", "ef"))).isEqualTo("abc");
        assertThat(all(of(0, "ab"))).isEmpty();
        assertThat(all(of(6, "ab", "cd", "ef"))).isEqualTo("abcdef");
    }

    @Test
    void comesAfterAnotherText() throws IOException {
        assertThat(all(DecodedText.after("head ", of(3, "ab", "cd")))).isEqualTo("head abc");
        assertThat(all(DecodedText.after("head", of(0)))).isEqualTo("head");
    }

    @Test
    void noReadEndsWithinAPair() {
        DecodedText text = of(100, "a" + PAIR, PAIR + "b");
        char[] read = new char[4];

        assertThat(text.read(read, 0, 2)).isEqualTo(1);
        assertThat(text.read(read, 0, 3)).isEqualTo(2);
        assertThat(new String(read, 0, 2)).isEqualTo(PAIR);
        assertThat(text.read(read, 0, 4)).isEqualTo(3);
        assertThat(new String(read, 0, 3)).isEqualTo(PAIR + "b");
        assertThat(text.read(read, 0, 4)).isEqualTo(-1);
    }
}
