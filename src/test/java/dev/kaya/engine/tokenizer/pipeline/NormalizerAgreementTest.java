package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.Reference;
import dev.kaya.engine.tokenizer.TokenizerFile;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.io.IOException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Text is normalized as Hugging Face's own tokenizers normalize it. The library's normal forms are
 * those of Unicode 9 and its lower case that of Unicode 17; Java's are those of Unicode 16. So
 * marks and letters that came later, {@link #isNewer}, are left out here.
 */
class NormalizerAgreementTest {

    /** First and last of the ranges of characters that came after Unicode 9, or changed. */
    private static final int[] NEWER = {
        0x07FD, 0x07FD, 0x0897, 0x089F, 0x08CA, 0x08D3, 0x09FE, 0x09FE, 0x0AFA, 0x0AFF, 0x0B55,
        0x0B55, 0x0C04, 0x0C04, 0x0C3C, 0x0C3C, 0x0CF3, 0x0CF3, 0x0D00, 0x0D00, 0x0D3B, 0x0D3C,
        0x0D81, 0x0D81, 0x0EBA, 0x0EBA, 0x0ECE, 0x0ECE, 0x1715, 0x1715, 0x180F, 0x180F, 0x1ABF,
        0x1ACE, 0x1CF2, 0x1CF7, 0x1DF6, 0x1DFA, 0x32FF, 0x32FF, 0xA7CE, 0xA7D5, 0xA7F2, 0xA7F4,
        0xA82C, 0xA82C, 0xA8FF, 0xA8FF, 0xAB69, 0xAB69, 0x105C0, 0x105FF, 0x10780, 0x107BF, 0x10D24,
        0x10D27, 0x10D69, 0x10D6D, 0x10EAB, 0x10EFF, 0x10F46, 0x10F50, 0x10F82, 0x10F85, 0x11070,
        0x11074, 0x110C2, 0x110C2, 0x1123E, 0x11241, 0x1133B, 0x1133B, 0x11380, 0x113FF, 0x11839,
        0x1183A, 0x11900, 0x119FF, 0x11A00, 0x11AFF, 0x11D00, 0x11DFF, 0x11F00, 0x11F5F, 0x16100,
        0x1613F, 0x16D40, 0x16D7F, 0x16EA0, 0x16EDF, 0x16FF0, 0x16FF1, 0x1CCD0, 0x1CCFF, 0x1E030,
        0x1E08F, 0x1E4EC, 0x1E4EF, 0x1E5EE, 0x1E5EF, 0x1F16C, 0x1F16C, 0x1FBF0, 0x1FBF9
    };

    @TempDir private Path folder;

    private static boolean isNewer(int codePoint) {
        for (int i = 0; i < NEWER.length; i += 2) {
            if (codePoint >= NEWER[i] && codePoint <= NEWER[i + 1]) {
                return true;
            }
        }
        return codePoint > 0xFFFF && CharacterKind.isMark(codePoint);
    }

    /** What a step changes, or may change its place, and one of eight of the others. */
    private static boolean isOfInterest(int codePoint) {
        if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
            return false;
        }
        String it = Character.toString(codePoint);
        return codePoint % 8 == 0
                || CharacterKind.isMark(codePoint)
                || Character.toLowerCase(codePoint) != codePoint
                || ((codePoint < 0xAC00 || codePoint > 0xD7A3)
                        && !Normalizer.isNormalized(it, Normalizer.Form.NFKD));
    }

    private static TokenizerFile bytes(String normalizer) {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (int value = 0; value < 256; value++) {
            vocabulary.put(String.valueOf(ByteAlphabet.characterOf(value)), value);
        }
        return TokenizerFile.bpe(vocabulary, List.of(), Map.of())
                .normalizer(normalizer)
                .beforeBytes();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"NFC\"}",
                "{\"type\": \"NFKC\"}",
                "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFD\"},"
                        + " {\"type\": \"StripAccents\"}, {\"type\": \"Lowercase\"}]}"
            })
    void charactersOfTheFirstTwoPlanesBecomeTheSame(String normalizer) throws IOException {
        var text = new StringBuilder();
        try (Reference reference = Reference.of(bytes(normalizer), folder)) {
            for (int codePoint = 0x80; codePoint < 0x20000; codePoint++) {
                if (isOfInterest(codePoint) && !isNewer(codePoint)) {
                    text.appendCodePoint(codePoint).append("a\u0301\u0323");
                    text.appendCodePoint(codePoint).append("\u0300 ");
                }
                if (text.length() > 500 || codePoint == 0x1FFFF) {
                    reference.assertSameIds(text.toString());
                    text.setLength(0);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}",
                "{\"type\": \"Strip\", \"strip_left\": false, \"strip_right\": true}",
                "{\"type\": \"Prepend\", \"prepend\": \"<>\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"String\": \"ab\"}, \"content\": \"b\"}",
                "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"\\\\s{2,}|a+\"}, \"content\": \"$1\"}",
                "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\", \"prepend\": \"a\"},"
                        + " {\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}]}"
            })
    void otherStepsDoTheSame(String normalizer) throws IOException {
        var random = new Random(90);
        String[] pieces = {" ", "\u3000", "\n", "a", "b", "ab", "é", "\u0085", "x", "<t>", "<n>"};
        TokenizerFile file = bytes(normalizer).added(256, "<t>").added(257, "<n>", "normalized");
        try (Reference reference = Reference.of(file, folder)) {
            for (int i = 0; i < 500; i++) {
                var text = new StringBuilder();
                for (int j = random.nextInt(10); j > 0; j--) {
                    text.append(pieces[random.nextInt(pieces.length)]);
                }
                reference.assertSameIds(text.toString());
            }
        }
    }

    @Test
    void longRunsOfMarksAreOrderedAsJavaOrdersThem() {
        var random = new Random(91);
        int[] marks = marks();
        for (int i = 0; i < 300; i++) {
            var text = new StringBuilder("a");
            for (int j = 60 + random.nextInt(200); j > 0; j--) {
                text.appendCodePoint(marks[random.nextInt(marks.length)]);
            }
            text.append(random.nextBoolean() ? "b\u0344" : "");
            for (Normalizer.Form form : Normalizer.Form.values()) {
                assertThat(CombiningMarks.normalize(text.toString(), form))
                        .isEqualTo(Normalizer.normalize(text, form));
            }
        }
    }

    @Test
    void aMegabyteOfMarksTakesNoLongerThanOneOfLetters() {
        // Java alone would take ten minutes; the test ends in time or not at all.
        String marks = "\u0301\u0323".repeat(1 << 19);

        assertThat(CombiningMarks.normalize("x" + marks, Normalizer.Form.NFC))
                .hasSize(1 + (1 << 20))
                .startsWith("x\u0323\u0323")
                .endsWith("\u0301\u0301");
    }

    private static int[] marks() {
        var marks = new BitSet();
        for (int codePoint = 0x300; codePoint < 0x1F000; codePoint++) {
            marks.set(codePoint, CharacterKind.isMark(codePoint));
        }
        return marks.stream().toArray();
    }
}
