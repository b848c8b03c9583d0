package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.tokenizer.pipeline.CharacterKind;
import dev.kaya.engine.tokenizer.pipeline.DelimiterSplitter;
import dev.kaya.engine.tokenizer.pipeline.DelimiterSplitter.Behavior;
import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.pipeline.SplitPattern;
import dev.kaya.engine.tokenizer.pipeline.SplitPattern.UnsupportedPatternException;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.pipeline.WordSplitter;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the value of {@code tokenizer.ggml.pre} stands for: how a byte-level BPE splits text, by the
 * names that llama.cpp's converter gives to tokenizers.
 *
 * <p>Where llama.cpp's own splitting departs from the tokenizer that a name stands for, this
 * follows the tokenizer: Qwen2 composes its text (NFC), GPT-4o's and Tekken's patterns are those of
 * their {@code tokenizer.json}.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">the names in
 *     llama-vocab.cpp</a>
 */
public enum GgufSplitting {
    GPT_2(
            "gpt-2 default phi-2 mpt olmo jais trillion exaone4 granite-docling"
                    + " gigachat a.x-4.0 mellum"),
    DIGITS_THEN_GPT_2("smollm starcoder refact command-r codeshell exaone minerva-7b mellum2"),
    LLAMA_3("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2"),
    LLAMA_3_WITH_MERGES("dbrx smaug-bpe glm4 chatglm-bpe"),
    QWEN_2("qwen2 megrez"),
    QWEN_2_WITHOUT_COMPOSING("deepseek-r1-qwen stablelm2 hunyuan kormo grok-2 solar-open f2llmv2"),
    TEKKEN("tekken"),
    GPT_4O("gpt-4o llama4 kanana2"),
    DEEPSEEK_3("deepseek-v3 hunyuan-dense joyai-llm"),
    DEEPSEEK_CODER("deepseek-coder");

    /** What cuts numbers into digits. */
    public static final String NUMBER = "\\p{N}";

    private static final Map<String, GgufSplitting> BY_NAME = byName();

    /** Words of one case after the other, in Tekken and GPT-4o; %1$s is what follows them. */
    private static final String CASED_WORDS =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s";

    private static final String MARKS_AND_SPACES =
            "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private final String names;

    /**
     * @param names with spaces between them, the one to write first
     */
    GgufSplitting(String names) {
        this.names = names;
    }

    /** The splitting of a name; null when it is not known. */
    public static @Nullable GgufSplitting of(Object name) {
        return name instanceof String text ? BY_NAME.get(text) : null;
    }

    /** All names that are known, in order. */
    static String known() {
        return String.join(", ", BY_NAME.keySet());
    }

    /** The splitting that does just this; null when there is none. */
    public static @Nullable GgufSplitting of(
            List<String> patterns, boolean composes, boolean ignoresMerges) {
        for (GgufSplitting splitting : values()) {
            if (splitting.patterns().equals(patterns)
                    && splitting.composes() == composes
                    && splitting.ignoresMerges() == ignoresMerges) {
                return splitting;
            }
        }
        return null;
    }

    /** The name by which it is written. */
    public String nameInFiles() {
        return names.split(" ", -1)[0];
    }

    /** What cuts text into words, one after the other. */
    List<WordSplitter> splitters() {
        return switch (this) {
            case GPT_2 -> List.of(new Gpt2WordSplitter());
            case DIGITS_THEN_GPT_2 -> List.of(digits(), new Gpt2WordSplitter());
            case LLAMA_3, LLAMA_3_WITH_MERGES -> List.of(new Llama3WordSplitter(3));
            case QWEN_2, QWEN_2_WITHOUT_COMPOSING -> List.of(new Llama3WordSplitter(1));
            case TEKKEN, GPT_4O, DEEPSEEK_3, DEEPSEEK_CODER -> matches(patterns());
        };
    }

    /** The patterns whose matches are words, one after the other. */
    public List<String> patterns() {
        return switch (this) {
            case GPT_2 -> List.of(Gpt2WordSplitter.PATTERN);
            case DIGITS_THEN_GPT_2 -> List.of(NUMBER, Gpt2WordSplitter.PATTERN);
            case LLAMA_3, LLAMA_3_WITH_MERGES -> List.of(Llama3WordSplitter.LLAMA_3);
            case QWEN_2, QWEN_2_WITHOUT_COMPOSING -> List.of(Llama3WordSplitter.QWEN_2);
            case TEKKEN -> List.of(CASED_WORDS.formatted("") + "|\\p{N}" + MARKS_AND_SPACES);
            case GPT_4O ->
                    List.of(
                            CASED_WORDS.formatted("(?i:'s|'t|'re|'ve|'m|'ll|'d)?")
                                    + "|\\p{N}{1,3}"
                                    + MARKS_AND_SPACES);
            case DEEPSEEK_3 ->
                    List.of(
                            "\\p{N}{1,3}",
                            "[一-龥\u3040-ゟ゠-ヿ]+",
                            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                                    + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                                    + "| ?[\\p{P}\\p{S}]+[\\r\\n]*"
                                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
            case DEEPSEEK_CODER ->
                    List.of(
                            "[\\r\\n]",
                            "\\s?\\p{L}+",
                            "\\s?\\p{P}+",
                            "[一-龥\u0800-一가-\uD7FF]+",
                            NUMBER);
        };
    }

    /** What becomes of text before. */
    TextNormalizer normalizer() {
        return composes() ? TextNormalizer.form(Form.NFC) : TextNormalizer.NONE;
    }

    /** Whether that composes characters (NFC). */
    public boolean composes() {
        return this == QWEN_2;
    }

    /** Whether words that are tokens are not merged. */
    public boolean ignoresMerges() {
        return this == LLAMA_3 || this == TEKKEN;
    }

    /** Whether texts get a BOS in front where the file does not say. */
    boolean addsBos() {
        return ignoresMerges();
    }

    private static Map<String, GgufSplitting> byName() {
        var byName = new TreeMap<String, GgufSplitting>();
        for (GgufSplitting splitting : values()) {
            for (String name : splitting.names.split(" ", -1)) {
                byName.put(name, splitting);
            }
        }
        return byName;
    }

    private static WordSplitter digits() {
        return DelimiterSplitter.at(CharacterKind::isNumber, Behavior.ISOLATED);
    }

    private static List<WordSplitter> matches(List<String> patterns) {
        var splitters = new ArrayList<WordSplitter>();
        for (String pattern : patterns) {
            splitters.add(DelimiterSplitter.isolating(compile(pattern)));
        }
        return splitters;
    }

    private static Pattern compile(String pattern) {
        try {
            return SplitPattern.compile(pattern);
        } catch (UnsupportedPatternException e) {
            throw new IllegalStateException(pattern, e);
        }
    }
}
