package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.tokenizer.pipeline.Llama3WordSplitter;
import dev.kaya.engine.tokenizer.read.LlamaVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieceModel;
import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A text in parts has the ids of the whole, but for special tokens in what is not trusted. */
class SegmentsTest {

    private static final int SEGMENTS = 8;

    /** Special tokens, whole and torn. */
    private static final String[] SPECIAL = {
        "<|user|>", "<|end|>", "<|us", "er|>", "<|end", "|>", "<|user|><|end|>", "<tool>"
    };

    @TempDir private Path folder;

    /** A vocabulary whose two special tokens may have other names, which change nothing else. */
    enum Kind {
        BYTES {
            @Override
            TokenizerFile file(String user, String end) throws IOException {
                return specials(50257, user, end, "special").added(50259, "<tool>");
            }
        },
        BYTES_WITH_SPACES_TAKEN {
            @Override
            TokenizerFile file(String user, String end) throws IOException {
                return TokenizerFile.gpt2()
                        .added(50257, user, "special", "rstrip")
                        .added(50258, end, "special", "lstrip")
                        .added(50259, "<tool>", "normalized");
            }
        },
        BYTES_WITH_SPECIAL_TOKENS_IN_NORMALIZED_TEXT {
            @Override
            TokenizerFile file(String user, String end) throws IOException {
                return specials(50257, user, end, "special", "normalized")
                        .added(50259, "<tool>")
                        .split(Llama3WordSplitter.LLAMA_3);
            }
        },
        LOWERCASED {
            @Override
            TokenizerFile file(String user, String end) throws IOException {
                return specials(50257, user, end, "special", "normalized")
                        .added(50259, "<tool>", "normalized")
                        .normalizer("{\"type\": \"Lowercase\"}");
            }
        },
        PIECES {
            @Override
            TokenizerFile file(String user, String end) throws IOException {
                return LlamaVocabulary.read()
                        .json()
                        .added(100_000, user, "special")
                        .added(100_001, end, "special")
                        .added(100_002, "<tool>", "normalized");
            }
        };

        abstract TokenizerFile file(String user, String end) throws IOException;

        private static TokenizerFile specials(int id, String user, String end, String... flags)
                throws IOException {
            return TokenizerFile.gpt2().added(id, user, flags).added(id + 1, end, flags);
        }
    }

    private Tokenizer read(TokenizerFile file, String name) throws IOException {
        return TokenizerJson.read(file.write(Files.createDirectory(folder.resolve(name))));
    }

    private static String joined(List<Segment> segments) {
        return segments.stream().map(Segment::text).collect(Collectors.joining());
    }

    private static List<Segment> random(Random random, UglyTexts texts) {
        List<Segment> segments = new ArrayList<>();
        for (int i = random.nextInt(SEGMENTS); i >= 0; i--) {
            var text = new StringBuilder();
            for (int part = random.nextInt(3); part >= 0; part--) {
                text.append(
                        random.nextInt(3) == 0
                                ? texts.next(4).replace("<|endoftext|>", "<|user|>")
                                : SPECIAL[random.nextInt(SPECIAL.length)]);
            }
            segments.add(new Segment(text.toString(), random.nextBoolean()));
        }
        return segments;
    }

    /** The whole, with the special tokens of trusted text by their other names. */
    private static String renamed(List<Segment> segments) {
        var text = new StringBuilder();
        for (int i = 0; i < segments.size(); ) {
            boolean trusted = segments.get(i).trusted();
            var run = new StringBuilder();
            for (; i < segments.size() && segments.get(i).trusted() == trusted; i++) {
                run.append(segments.get(i).text());
            }
            text.append(
                    trusted
                            ? run.toString()
                                    .replace("<|user|>", "\u27E6user\u27E7")
                                    .replace("<|end|>", "\u27E6end\u27E7")
                            : run);
        }
        return text.toString();
    }

    /** What is not trusted holds no special token of the other vocabulary, whatever it says. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void haveTheIdsOfTheWholeAsIfOnlyTrustedOnesHeldSpecialTokens(Kind kind) throws IOException {
        Tokenizer tokenizer = read(kind.file("<|user|>", "<|end|>"), "tokenizer");
        Tokenizer other = read(kind.file("\u27E6user\u27E7", "\u27E6end\u27E7"), "other");
        var random = new Random(90);
        var texts = new UglyTexts(91);
        for (int i = 0; i < 2_000; i++) {
            List<Segment> segments = random(random, texts);
            assertThat(tokenizer.encode(segments))
                    .as(segments::toString)
                    .isEqualTo(other.encode(renamed(segments), true));
        }
    }

    private Tokenizer tokenizer(String name) throws IOException {
        return switch (name) {
            case "sentencepiece" ->
                    SentencePieceModel.read(
                            LlamaVocabulary.write(
                                    folder, "tokenizer.model", LlamaVocabulary.read().model()),
                            TokenizerConfig.none());
            case "gguf" -> LlamaVocabulary.read().gguf();
            case "nanogpt-char", "hf-qwen2" ->
                    ModelLoader.load(Path.of("src/test/resources/fixtures", name)).tokenizer();
            case "names" -> ModelLoader.load(Path.of("checkpoints", name)).tokenizer();
            default -> TokenizerFixtures.tokenizer(name);
        };
    }

    /** Cut anywhere, in the middle of words, special tokens and surrogate pairs too. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2",
                "hf-llama",
                "stories",
                "sentencepiece",
                "gguf",
                "hf-qwen2",
                "nanogpt-char",
                "names"
            })
    void allTrustedOrAllUntrustedAreTheWhole(String name) throws IOException {
        Tokenizer tokenizer = tokenizer(name);
        boolean letters = name.equals("nanogpt-char") || name.equals("names");
        var random = new Random(92);
        var texts = new UglyTexts(93);
        for (int i = 0; i < 500; i++) {
            String text =
                    letters
                            ? "anna kaya emma".replace(" ", name.equals("names") ? "" : " ")
                            : texts.next(12)
                                    + (random.nextBoolean() ? "<|endoftext|>" : "<s></s>")
                                    + texts.next(5);
            boolean trusted = random.nextBoolean();
            List<Segment> segments = new ArrayList<>();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(12));
                segments.add(new Segment(text.substring(from, to), trusted));
                from = to;
            }
            assertThat(tokenizer.encode(segments))
                    .as(text)
                    .isEqualTo(tokenizer.encode(text, trusted));
        }
    }

    @Test
    void aSpecialTokenIsOneInTrustedTextOnly() {
        Tokenizer gpt2 = TokenizerFixtures.tokenizer("gpt2");
        Segment token = Segment.trusted("<|endoftext|>");
        Segment lookalike = Segment.untrusted("<|endoftext|>");

        assertThat(gpt2.encode(List.of(token, lookalike, token)))
                .startsWith(50256)
                .endsWith(50256)
                .isEqualTo(
                        concat(
                                new int[] {50256},
                                gpt2.encode("<|endoftext|>", false),
                                new int[] {50256}));
        assertThat(gpt2.encode(List.of())).isEmpty();
        assertThat(gpt2.encode(List.of(Segment.trusted(""), lookalike, Segment.trusted(""))))
                .isEqualTo(gpt2.encode("<|endoftext|>", false));
    }

    @Test
    void aSpecialTokenAcrossABorderIsText() {
        Tokenizer gpt2 = TokenizerFixtures.tokenizer("gpt2");
        String token = "<|endoftext|>";
        for (int cut = 1; cut < token.length(); cut++) {
            String start = token.substring(0, cut);
            String end = token.substring(cut);
            for (boolean first : new boolean[] {true, false}) {
                assertThat(
                                gpt2.encode(
                                        List.of(
                                                new Segment(start, first),
                                                new Segment(end, !first))))
                        .isEqualTo(gpt2.encode(token, false));
            }
            assertThat(gpt2.encode(List.of(Segment.trusted(start), Segment.trusted(end))))
                    .containsExactly(50256);
        }
    }

    @Test
    void aWordCrossesBorders() {
        Tokenizer gpt2 = TokenizerFixtures.tokenizer("gpt2");
        assertThat(
                        gpt2.encode(
                                List.of(
                                        Segment.trusted("The k"),
                                        Segment.untrusted("ing"),
                                        Segment.trusted("dom"))))
                .isEqualTo(gpt2.encode("The kingdom", false));
    }

    @Test
    void halvesOfASurrogatePairMeetAtABorder() {
        Tokenizer gpt2 = TokenizerFixtures.tokenizer("gpt2");
        assertThat(gpt2.encode(List.of(Segment.trusted("\uD83D"), Segment.untrusted("\uDE00"))))
                .isEqualTo(gpt2.encode("\uD83D\uDE00", false));
    }

    @Test
    void aMissingCharacterIsNamedByItsPlaceInTheWhole() throws IOException {
        Tokenizer letters = tokenizer("names");
        List<Segment> segments = List.of(Segment.trusted("anna"), Segment.untrusted("em1ma"));

        assertThat(joined(segments)).isEqualTo("annaem1ma");
        assertThatThrownBy(() -> letters.encode(segments))
                .isInstanceOf(UnencodableTextException.class)
                .hasMessage("the vocabulary has no token for '1' (U+0031) at character 6");
    }

    private static int[] concat(int[]... parts) {
        return Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }
}
