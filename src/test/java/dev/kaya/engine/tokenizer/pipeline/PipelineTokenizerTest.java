package dev.kaya.engine.tokenizer.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerFixtures;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.AddedToken.Matching;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PipelineTokenizerTest {

    private static final Path FILE = Path.of("test.json");

    private static final Tokenizer GPT_2 = TokenizerFixtures.tokenizer("gpt2");

    @Test
    void specialTokensInTextAreTextUnlessAllowed() {
        String text = "a<|endoftext|><|endoftext|> b";

        assertThat(GPT_2.encode(text, true)).containsExactly(64, 50256, 50256, 275);
        assertThat(GPT_2.encode(text, false)).doesNotContain(50256);
        assertThat(GPT_2.decode(GPT_2.encode(text, false))).isEqualTo(text);
        assertThat(GPT_2.decode(GPT_2.encode(text, true))).isEqualTo(text);
    }

    @Test
    void ofTwoAddedTokensTheLongerIsTaken() throws MalformedCheckpointException {
        VocabularyBuilder builder = letters("abc<>");
        builder.addedToken(new AddedToken(10, "<a", true));
        builder.addedToken(new AddedToken(11, "<ab>", true));
        builder.addedToken(new AddedToken(12, "ab>c", true));
        Tokenizer tokenizer = tokenizer(builder, false);

        assertThat(tokenizer.encode("<ab>c<abab>c", true)).containsExactly(11, 2, 10, 1, 12);
    }

    @Test
    void ordinaryAddedTokensAreFoundWhetherSpecialOnesAreAllowedOrNot()
            throws MalformedCheckpointException {
        VocabularyBuilder builder = letters("abc");
        builder.addedToken(new AddedToken(7, "bb", false, Matching.NORMALIZED));
        builder.addedToken(new AddedToken(8, "cc", true));
        Tokenizer tokenizer = tokenizer(builder, false);

        assertThat(tokenizer.encode("abbcc", false)).containsExactly(0, 7, 2, 2);
        assertThat(tokenizer.encode("abbcc", true)).containsExactly(0, 7, 8);
        assertThat(tokenizer.isSpecial(7)).isFalse();
        assertThat(tokenizer.isSpecial(8)).isTrue();
    }

    @Test
    void aByteWithoutTokenIsAnErrorThatNamesTheCharacter() throws MalformedCheckpointException {
        VocabularyBuilder builder = letters("abĠ");
        builder.addedToken(new AddedToken(9, "<ä>", true));

        Vocabulary vocabulary = builder.build();
        for (TextNormalizer preparation :
                List.of(TextNormalizer.NONE, TextNormalizer.prepend(" "))) {
            Tokenizer tokenizer = tokenizer(vocabulary, preparation, BpeModel.WholeWords.NONE);
            assertThatThrownBy(() -> tokenizer.encode("<ä>a b😀a", true))
                    .isInstanceOfSatisfying(
                            UnencodableTextException.class,
                            e -> {
                                assertThat(e.missing()).isEqualTo("😀");
                                assertThat(e.offset()).isEqualTo(6);
                            });
        }
    }

    @Test
    void aWholeWordIsItsTokenWhereMergesAreIgnored() throws MalformedCheckpointException {
        VocabularyBuilder builder = letters("abc");
        builder.token("abc", 5);
        builder.token("ab", 6);
        builder.merge("a b", FILE);

        assertThat(tokenizer(builder, true).encode("abc", false)).containsExactly(5);
        assertThat(tokenizer(builder, false).encode("abc", false)).containsExactly(6, 2);
    }

    @Test
    void unpairedSurrogatesAreReplacementCharacters() {
        assertThat(GPT_2.encode("a\uD800b\uDC00", false))
                .containsExactly(GPT_2.encode("a\uFFFDb\uFFFD", false));
    }

    @Test
    void everyTextComesBack() {
        var texts = new UglyTexts(60);
        for (int i = 0; i < 3_000; i++) {
            String text = texts.next(30);
            assertThat(GPT_2.decode(GPT_2.encode(text, false))).isEqualTo(text);
            assertThat(GPT_2.decode(GPT_2.encode(text, true))).isEqualTo(text);
        }
    }

    @Test
    void aMegabyteWithoutASpaceComesBack() {
        var random = new Random(61);
        var letters = new StringBuilder();
        while (letters.length() < 1 << 20) {
            letters.append((char) ('a' + random.nextInt(26)));
        }

        assertThat(GPT_2.decode(GPT_2.encode(letters.toString(), false)))
                .isEqualTo(letters.toString());
        String run = "a".repeat(1 << 20);
        assertThat(GPT_2.decode(GPT_2.encode(run, false))).isEqualTo(run);
    }

    @Test
    void aWordHasTheSameIdsFromTheCache() {
        Tokenizer fresh = TokenizerFixtures.tokenizer("stories");
        var texts = new UglyTexts(62);
        for (int i = 0; i < 500; i++) {
            String text = texts.next(10);
            int[] first = fresh.encode(text, false);
            assertThat(fresh.encode(text, false)).containsExactly(first);
        }
    }

    @Test
    void manyThreadsGetTheIdsThatOneGets() throws Exception {
        List<String> texts = texts(1_000);
        List<int[]> expected = encodeAll(TokenizerFixtures.tokenizer("stories"), texts);
        Tokenizer shared = TokenizerFixtures.tokenizer("stories");
        try (var threads = Executors.newFixedThreadPool(4)) {
            var results = new ArrayList<Future<List<int[]>>>();
            for (int thread = 0; thread < 4; thread++) {
                results.add(threads.submit(() -> encodeAll(shared, texts)));
            }
            for (Future<List<int[]>> result : results) {
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(result.get().get(i)).containsExactly(expected.get(i));
                }
            }
        }
    }

    @Test
    void refusesABosThatIsNotInTheVocabulary() throws MalformedCheckpointException {
        Vocabulary vocabulary = letters("ab").build();
        var steps =
                new PipelineTokenizer.Steps(
                        PreTokenizer.of(),
                        BpeModel.overBytes(vocabulary, BpeModel.WholeWords.NONE));

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new PipelineTokenizer(
                                        vocabulary,
                                        ByteAlphabet.SPELLING,
                                        steps,
                                        OptionalInt.of(2)));
    }

    private static List<String> texts(int count) {
        var source = new UglyTexts(63);
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            texts.add(source.next(10));
        }
        return texts;
    }

    private static List<int[]> encodeAll(Tokenizer tokenizer, List<String> texts) {
        return texts.stream().map(text -> tokenizer.encode(text, true)).toList();
    }

    private static VocabularyBuilder letters(String letters) throws MalformedCheckpointException {
        var builder = new VocabularyBuilder(FILE, ByteAlphabet.SPELLING);
        for (int id = 0; id < letters.length(); id++) {
            builder.token(letters.substring(id, id + 1), id);
        }
        return builder;
    }

    private static Tokenizer tokenizer(VocabularyBuilder builder, boolean ignoresMerges) {
        Vocabulary vocabulary = builder.build();
        return tokenizer(
                vocabulary,
                TextNormalizer.NONE,
                ignoresMerges ? BpeModel.WholeWords.of(vocabulary) : BpeModel.WholeWords.NONE);
    }

    private static Tokenizer tokenizer(
            Vocabulary vocabulary, TextNormalizer preparation, BpeModel.WholeWords wholeWords) {
        var words = new PreTokenizer(preparation, List.of(new Gpt2WordSplitter()));
        return new PipelineTokenizer(
                vocabulary,
                ByteAlphabet.SPELLING,
                new PipelineTokenizer.Steps(words, BpeModel.overBytes(vocabulary, wholeWords)),
                OptionalInt.empty());
    }
}
