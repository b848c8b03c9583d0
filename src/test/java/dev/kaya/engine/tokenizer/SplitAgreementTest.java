package dev.kaya.engine.tokenizer;

import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.read.WordsReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Text is cut into words as Hugging Face's own tokenizers cut it, by every pattern in use.
 *
 * <p>Both sides have Unicode 16, but for the library's {@code Digits}, which has the thirteen
 * numbers of Unicode 17 already, and {@code Punctuation}, which has stopped at Unicode 8.
 */
class SplitAgreementTest {

    private static final String DIGITS = "{\"type\": \"Digits\", \"individual_digits\": true}";

    private static final String CASED_WORDS =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s";

    private static final String REST =
            "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    @TempDir private Path folder;

    /** Those with splitters by hand. */
    static Stream<Arguments> byHand() {
        return Stream.of(
                Arguments.of("GPT-2", sequence(split(Gpt2WordSplitter.PATTERN))),
                Arguments.of("Llama 3", sequence(split(Llama3WordSplitter.LLAMA_3))),
                Arguments.of("Qwen2", sequence(split(Llama3WordSplitter.QWEN_2))),
                Arguments.of("SmolLM", sequence(DIGITS, split(Gpt2WordSplitter.PATTERN))));
    }

    /** Those that are translated, from the tokenizer.json of the models. */
    static Stream<Arguments> translated() {
        return Stream.of(
                Arguments.of(
                        "GPT-4",
                        sequence(
                                split(
                                        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+"
                                                + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*"
                                                + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"))),
                Arguments.of(
                        "GPT-4o",
                        sequence(
                                split(
                                        CASED_WORDS.formatted("(?i:'s|'t|'re|'ve|'m|'ll|'d)?")
                                                + "|\\p{N}{1,3}"
                                                + REST))),
                Arguments.of(
                        "Tekken", sequence(split(CASED_WORDS.formatted("") + "|\\p{N}" + REST))),
                Arguments.of(
                        "DeepSeek 3",
                        sequence(
                                split("\\p{N}{1,3}"),
                                split("[一-龥\u3040-ゟ゠-ヿ]+"),
                                split(
                                        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                                                + "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                                                + "| ?[\\p{P}\\p{S}]+[\r\n]*"
                                                + "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"))),
                Arguments.of(
                        "DeepSeek Coder",
                        sequence(
                                split("[\r\n]"),
                                split("\\s?\\p{L}+"),
                                split("\\s?\\p{P}+"),
                                split("[一-龥\u0800-一가-\uD7FF]+"),
                                DIGITS)),
                Arguments.of("BLOOM", sequence(split(" ?[^(\\s|[.,!?…。，、।۔،])]+"))),
                Arguments.of("Punctuation", sequence("{\"type\": \"Punctuation\"}")),
                Arguments.of(
                        "Digits in groups",
                        sequence("{\"type\": \"Digits\", \"individual_digits\": false}")),
                Arguments.of("Whitespace", sequence("{\"type\": \"Whitespace\"}")),
                Arguments.of("WhitespaceSplit", sequence("{\"type\": \"WhitespaceSplit\"}")),
                Arguments.of("Bert", sequence("{\"type\": \"BertPreTokenizer\"}")));
    }

    /** What becomes of a delimiter, in every way. */
    static Stream<Arguments> behaviors() {
        return Stream.of(
                        "Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous")
                .flatMap(
                        behavior ->
                                Stream.of("{\"Regex\": \"\\\\s|-+\"}", "{\"String\": \"ll\"}")
                                        .flatMap(
                                                pattern ->
                                                        Stream.of(true, false)
                                                                .map(
                                                                        invert ->
                                                                                Arguments.of(
                                                                                        pattern,
                                                                                        behavior,
                                                                                        invert))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("byHand")
    void everyCharacterOfTheFirstTwoPlanesIsSplitInTheSameWay(String name, String preTokenizer)
            throws IOException {
        boolean digits = name.equals("SmolLM");
        assertSameWords(preTokenizer, c -> digits && isNumberOfUnicode17(c));
    }

    /** These have between them every class of characters that the others have. */
    static Stream<Arguments> ofAllClasses() {
        return translated()
                .filter(
                        arguments ->
                                List.of("GPT-4o", "DeepSeek 3", "Punctuation", "Whitespace")
                                        .contains(arguments.get()[0]));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ofAllClasses")
    void charactersAreSplitInTheSameWayByOtherSteps(String name, String preTokenizer)
            throws IOException {
        boolean punctuation = name.equals("Punctuation");
        assertSameWords(
                preTokenizer, c -> isOneOfMany(c) || (punctuation && NewPunctuation.contains(c)));
    }

    private void assertSameWords(String preTokenizer, IntPredicate leftOut) throws IOException {
        try (var reference = new WordsReference(preTokenizer, folder)) {
            for (int block = 0x80; block < 0x20000; block += 0x400) {
                String text = amongOthers(block, block + 0x400, leftOut);
                if (!text.isEmpty()) {
                    reference.assertSameWords(text);
                }
            }
        }
    }

    /** Every character beside a letter, a digit, an apostrophe, a line feed and itself. */
    private static String amongOthers(int from, int to, IntPredicate leftOut) {
        var text = new StringBuilder();
        for (int codePoint = from; codePoint < to; codePoint++) {
            boolean surrogate =
                    codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
            if (!surrogate && !leftOut.test(codePoint)) {
                String it = Character.toString(codePoint);
                text.append(it + "7" + it + it + "a'" + it + "\n");
            }
        }
        return text.toString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"byHand", "translated"})
    void uglyTextsAreSplitInTheSameWay(String name, String preTokenizer) throws IOException {
        try (var reference = new WordsReference(preTokenizer, folder)) {
            var texts = new UglyTexts(72);
            boolean punctuation = name.equals("Punctuation") || name.equals("Bert");
            for (int i = 0; i < 1_000; i++) {
                String text = texts.next(24);
                if (!punctuation || text.codePoints().noneMatch(NewPunctuation::contains)) {
                    reference.assertSameWords(text);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("behaviors")
    void delimitersBecomeTheSame(String pattern, String behavior, boolean invert)
            throws IOException {
        String step =
                "{\"type\": \"Split\", \"pattern\": %s, \"behavior\": \"%s\", \"invert\": %s}"
                        .formatted(pattern, behavior, invert);
        var random = new Random(74);
        try (var reference = new WordsReference(sequence(step), folder)) {
            for (int i = 0; i < 300; i++) {
                var text = new StringBuilder();
                random.ints(random.nextInt(12), 0, 5).forEach(c -> text.append("l- x😀", c, c + 1));
                reference.assertSameWords(WellFormedText.of(text.toString()));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("byHand")
    void givesTheSameIdsWithGpt2sMerges(String name, String preTokenizer) throws IOException {
        String steps = preTokenizer.substring(0, preTokenizer.lastIndexOf(']'));
        String bytes = ", " + TokenizerFile.BYTES_ONLY + "]}";
        TokenizerFile file = TokenizerFile.gpt2().preTokenizer(steps + bytes);
        try (Reference reference = Reference.of(file, folder)) {
            reference.assertSameIds(new UglyTexts(70), 2_500);
            reference.assertSameText(new UglyTexts(71), 300);
        }
    }

    private static boolean isNumberOfUnicode17(int c) {
        return (c >= 0x11DE0 && c <= 0x11DE9) || (c >= 0x16FF4 && c <= 0x16FF6);
    }

    /** In the middle of the large blocks of ideographs, syllables and private use. */
    private static boolean isOneOfMany(int c) {
        return (c >= 0x3500 && c < 0x4D00)
                || (c >= 0x4F00 && c < 0x9F00)
                || (c >= 0xAD00 && c < 0xD700)
                || (c >= 0xE100 && c < 0xF800)
                || (c >= 0x12400 && c < 0x16800)
                || (c >= 0x17100 && c < 0x18C00);
    }

    private static String split(String regex) {
        return "{\"type\": \"Split\", \"pattern\": {\"Regex\": %s}, \"behavior\": \"Isolated\", \"invert\": false}"
                .formatted(JsonMapper.shared().writeValueAsString(regex));
    }

    private static String sequence(String... steps) {
        return "{\"type\": \"Sequence\", \"pretokenizers\": [%s]}"
                .formatted(String.join(", ", steps));
    }
}
