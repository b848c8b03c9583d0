package dev.kaya.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamDecoderTest {

    /** Bytes at which decoders part ways: every kind of lead, and the edges of what may follow. */
    private static final int[] EDGES = {
        0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
        0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFC, 0xFE, 0xFF
    };

    @Test
    void holdsHalfACharacterBackUntilItIsWhole() {
        var decoder = new Utf8StreamDecoder();
        byte[] emoji = "😀".getBytes(UTF_8);

        assertThat(decoder.feed(Arrays.copyOfRange(emoji, 0, 1))).isEmpty();
        assertThat(decoder.feed(Arrays.copyOfRange(emoji, 1, 3))).isEmpty();
        assertThat(decoder.holdsBack()).isTrue();
        assertThat(decoder.feed(Arrays.copyOfRange(emoji, 3, 4))).isEqualTo("😀");
        assertThat(decoder.holdsBack()).isFalse();
        assertThat(decoder.finish()).isEmpty();
    }

    @Test
    void givesAtTheEndWhatWasNeverCompleted() {
        var decoder = new Utf8StreamDecoder();

        assertThat(decoder.feed(new byte[] {'a', (byte) 0xE2, (byte) 0x82})).isEqualTo("a");
        assertThat(decoder.finish()).isEqualTo("\uFFFD");
        assertThat(decoder.feed(new byte[] {'b'})).isEqualTo("b");
    }

    @Test
    void doesNotWaitForWhatCannotComeAnyMore() {
        var decoder = new Utf8StreamDecoder();

        assertThat(decoder.feed(new byte[] {(byte) 0xE0, (byte) 0x80})).isEqualTo("\uFFFD\uFFFD");
        assertThat(decoder.feed(new byte[] {(byte) 0xFF})).isEqualTo("\uFFFD");
        assertThat(decoder.feed(new byte[] {(byte) 0xF4, (byte) 0x90})).isEqualTo("\uFFFD\uFFFD");
        assertThat(decoder.feed(new byte[] {(byte) 0xED, (byte) 0xA0})).isEqualTo("\uFFFD\uFFFD");
    }

    @Test
    void everyThreeEdgeBytesDecodeAsInOnePieceHoweverCut() {
        for (int first : EDGES) {
            for (int second : EDGES) {
                for (int third : EDGES) {
                    byte[] bytes = {(byte) first, (byte) second, (byte) third};
                    for (int cuts = 0; cuts < 4; cuts++) {
                        assertSameText(bytes, cuts);
                    }
                }
            }
        }
    }

    @Test
    void randomBytesDecodeAsInOnePieceHoweverCut() {
        var random = new Random(30);
        var texts = new UglyTexts(31);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = i % 2 == 0 ? brokenText(texts, random) : edgeBytes(random);
            assertSameText(bytes, random.nextLong());
        }
    }

    private static byte[] edgeBytes(Random random) {
        var bytes = new byte[random.nextInt(40)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : edge(random));
        }
        return bytes;
    }

    private static byte[] brokenText(UglyTexts texts, Random random) {
        byte[] bytes = texts.next(4).getBytes(UTF_8);
        for (int i = random.nextInt(3); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) edge(random);
        }
        return bytes;
    }

    private static int edge(Random random) {
        return EDGES[random.nextInt(EDGES.length)];
    }

    /** Cuts after byte i where bit i (modulo 64) is set. */
    private static void assertSameText(byte[] bytes, long cuts) {
        var decoder = new Utf8StreamDecoder();
        var text = new StringBuilder();
        int start = 0;
        for (int end = 1; end <= bytes.length; end++) {
            if (end == bytes.length || (cuts >>> (end - 1) & 1) == 1) {
                text.append(decoder.feed(Arrays.copyOfRange(bytes, start, end)));
                start = end;
            }
        }
        text.append(decoder.finish());
        assertThat(text.toString())
                .as(() -> Arrays.toString(bytes))
                .isEqualTo(new String(withoutSurrogates(bytes), UTF_8));
    }

    /**
     * Java makes one U+FFFD of an encoded surrogate, where each of its three bytes is broken by
     * itself (Unicode, section 3.9, table 3-8). FF is broken anywhere.
     */
    private static byte[] withoutSurrogates(byte[] bytes) {
        byte[] other = bytes.clone();
        for (int i = 0; i + 1 < other.length; i++) {
            boolean surrogate = other[i] == (byte) 0xED && (other[i + 1] & 0xE0) == 0xA0;
            other[i] = surrogate ? (byte) 0xFF : other[i];
        }
        return other;
    }
}
