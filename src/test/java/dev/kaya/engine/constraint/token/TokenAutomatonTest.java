package dev.kaya.engine.constraint.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.Vocabularies;
import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.Constraint.Ends;
import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Only tokens are allowed after which the text can still be finished in time. */
class TokenAutomatonTest {

    private static final Ends GOES_ON = new Ends(false, true);
    private static final Ends NEW_TEXT = new Ends(true, true);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Tokenizer tokens(String... tokens) {
        return Vocabularies.ofBytes(
                Arrays.stream(tokens).map(TokenAutomatonTest::utf8).toArray(byte[][]::new));
    }

    private static ConstraintCompiler compiler(Tokenizer tokenizer, int... endIds) {
        return compiler(new Vocabularies.Kind("", tokenizer, endIds));
    }

    private static ConstraintCompiler compiler(Vocabularies.Kind kind) {
        return new ConstraintCompiler(kind::vocabulary);
    }

    private static BitSet allowed(TokenConstraint.State state) {
        long[] mask = new long[1];
        state.allow(mask);
        return BitSet.valueOf(mask);
    }

    /** The rule itself, by trying all sequences of tokens. */
    private static boolean canFinish(Pattern pattern, String text, String[] tokens, int left) {
        if (pattern.matcher(text).matches()) {
            return true;
        }
        for (String token : left == 0 ? new String[0] : tokens) {
            if (canFinish(pattern, text + token, tokens, left - 1)) {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @ValueSource(strings = {"(ab|b)*c", "a{3,5}", "[abc]b?cc", "(abc){2}|a", "a*b*", "(aab)+"})
    void allowsExactlyTheTokensAfterWhichTheTextCanBeFinished(String regex)
            throws ConstraintException {
        String[] tokens = {"a", "b", "ab", "aab", "cc", "c", "bcc", "x"};
        Pattern pattern = Pattern.compile(regex);
        for (int most = 1; most <= 4; most++) {
            if (!canFinish(pattern, "", tokens, most)) {
                continue;
            }
            var constraint =
                    compiler(tokens(tokens), 7).regex(regex, GOES_ON, most, Client.PATIENT);
            var random = new Random(1);
            for (int i = 0; i < 20; i++) {
                follow(constraint, pattern, tokens, random);
            }
        }
    }

    private static void follow(
            Constraint constraint, Pattern pattern, String[] tokens, Random random) {
        TokenConstraint.State state = constraint.begin();
        String text = "";
        for (int left = constraint.mostTokens(); left > 0 && !state.isSpent(); left--) {
            var expected = new BitSet();
            for (int id = 0; id < 7; id++) {
                expected.set(id, canFinish(pattern, text + tokens[id], tokens, left - 1));
            }
            boolean canGoOn = !expected.isEmpty();
            expected.set(7, pattern.matcher(text).matches());
            assertThat(allowed(state)).as("'%s', %d left", text, left).isEqualTo(expected);
            if (!canGoOn) {
                return;
            }
            int id;
            do {
                id = random.nextInt(7);
            } while (!expected.get(id));
            text += tokens[id];
            state.advance(id);
        }
        assertThat(pattern.matcher(text).matches()).isTrue();
    }

    /** So a mask takes as many steps as the tree has nodes, whatever the automaton. */
    @Test
    void everyWalkAlongTheVocabularyOnlyGoesForward() {
        for (Vocabularies.Kind kind : Vocabularies.all()) {
            ConstraintVocabulary vocabulary = kind.vocabulary();
            for (boolean atStart : new boolean[] {false, true}) {
                TokenTrie trie = vocabulary.trie(atStart);
                int bytes = 0;
                for (int i = 0; i < trie.tokens(); i++) {
                    byte[] token = vocabulary.bytes(trie.tokenId(i), atStart);
                    bytes += token == null ? 0 : token.length;
                }
                assertThat(trie.nodes()).as(kind.name()).isPositive().isLessThanOrEqualTo(bytes);
                for (int node = 0; node < trie.nodes(); node++) {
                    assertThat(trie.behind(node)).isGreaterThan(node);
                }
            }
        }
    }

    @Test
    void theShortestAnswerIsCountedInTokens() throws ConstraintException {
        var compiler = compiler(tokens("a", "aa", "aaa", "b"));
        assertThat(compiler.regex("a{7}", GOES_ON, 3, Client.PATIENT)).isNotNull();
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class,
                        () -> compiler.regex("a{7}", GOES_ON, 2, Client.PATIENT));
        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LONG);
        assertThat(refusal)
                .hasMessage(
                        "at character 1: the shortest answer has 3 tokens, and 2 may be generated");
    }

    @Test
    void aTextIsCompleteWhenNothingCanFollow() throws ConstraintException {
        TokenConstraint.State state =
                compiler(tokens("a", "b"), 1).regex("aa?", GOES_ON, 5, Client.PATIENT).begin();
        assertThat(allowed(state)).isEqualTo(bits(0));
        state.advance(0);
        assertThat(state.isComplete()).isFalse();
        assertThat(state.isSpent()).isFalse();
        assertThat(allowed(state)).isEqualTo(bits(0, 1));
        state.advance(0);
        assertThat(state.isComplete()).isTrue();
        assertThat(state.isSpent()).isTrue();
        assertThatThrownBy(() -> state.advance(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTextIsSpentWhenWhatCouldFollowHasNoRoom() throws ConstraintException {
        TokenConstraint.State state =
                compiler(tokens("a", "b")).regex("a(bbb)*", GOES_ON, 3, Client.PATIENT).begin();
        state.advance(0);
        assertThat(state.isComplete()).isFalse();
        assertThat(state.isSpent()).isTrue();
    }

    private static BitSet bits(int... ids) {
        var bits = new BitSet();
        Arrays.stream(ids).forEach(bits::set);
        return bits;
    }

    /** The vocabulary's own end of text is never a part of one, whatever its bytes. */
    @Test
    void tokensThatEndTextsAreAllowedWhereTheTextMayEndAndNowhereElse() throws ConstraintException {
        ConstraintCompiler compiler = compiler(tokens("a", "b"), 0);
        TokenConstraint.State state = compiler.regex("b+", GOES_ON, 5, Client.PATIENT).begin();
        assertThat(allowed(state)).isEqualTo(bits(1));
        state.advance(1);
        assertThat(allowed(state)).isEqualTo(bits(0, 1));
        TokenConstraint.State ignoring =
                compiler.regex("b+", new Ends(false, false), 2, Client.PATIENT).begin();
        ignoring.advance(1);
        assertThat(allowed(ignoring)).isEqualTo(bits(1));
        assertThat(
                        catchThrowableOfType(
                                        ConstraintException.class,
                                        () -> compiler.regex("ab", GOES_ON, 9, Client.PATIENT))
                                .kind())
                .isEqualTo(Kind.UNWRITABLE);
    }

    @Test
    void theEmptyAnswerNeedsATokenThatEndsIt() throws ConstraintException {
        ConstraintCompiler compiler = compiler(tokens("a", "b"), 1);
        assertThat(allowed(compiler.regex("", GOES_ON, 1, Client.PATIENT).begin()))
                .isEqualTo(bits(1));
        assertThat(allowed(compiler.regex("(aa)?", GOES_ON, 1, Client.PATIENT).begin()))
                .isEqualTo(bits(1));
        assertThat(refusal(compiler, "", 1).kind()).isEqualTo(Kind.UNWRITABLE);
        assertThat(refusal(compiler, "(aa)?", 1).kind()).isEqualTo(Kind.TOO_LONG);
    }

    private static ConstraintException refusal(
            ConstraintCompiler compiler, String regex, int most) {
        return catchThrowableOfType(
                ConstraintException.class,
                () -> compiler.regex(regex, new Ends(false, false), most, Client.PATIENT));
    }

    @Test
    void whatTheVocabularyLacksIsNamedWhereItStands() {
        ConstraintCompiler compiler = compiler(tokens("a", "b", "x y"));
        assertUnwritable(
                compiler, "ab(c|d)", "at character 4: no token of the vocabulary writes 'c'");
        assertUnwritable(
                compiler, "a[0-9]?b[0-9]", "at character 9: no token of the vocabulary writes '0'");
        assertUnwritable(
                compiler, "xb", "at character 1: no tokens of the vocabulary make a whole answer");
        var impossible =
                catchThrowableOfType(
                        ConstraintException.class,
                        () ->
                                compiler.regex(
                                        "ab[^\\s\\S\\u00a0-\\u{10ffff}\\x1c-\\x1f\\x85]",
                                        GOES_ON,
                                        9,
                                        Client.PATIENT));
        assertThat(impossible.kind()).isEqualTo(Kind.IMPOSSIBLE);
        assertThat(impossible.place()).isEqualTo("character 3");
    }

    private static void assertUnwritable(
            ConstraintCompiler compiler, String regex, String message) {
        ConstraintException refusal = refusal(compiler, regex, 9);
        assertThat(refusal.kind()).isEqualTo(Kind.UNWRITABLE);
        assertThat(refusal).hasMessage(message);
    }

    /** Halves of characters are tokens, and only those that can become whole are allowed. */
    @Test
    void tokensMayHoldPartsOfCharacters() throws ConstraintException {
        Tokenizer halves =
                Vocabularies.ofBytes(
                        new byte[] {(byte) 0xC3},
                        new byte[] {(byte) 0xA9},
                        new byte[] {(byte) 0xA9, 'a'},
                        utf8("a"));
        TokenConstraint.State state =
                compiler(halves).regex("éa?", GOES_ON, 3, Client.PATIENT).begin();
        assertThat(allowed(state)).isEqualTo(bits(0));
        state.advance(0);
        assertThat(allowed(state)).isEqualTo(bits(1, 2));
        state.advance(2);
        assertThat(state.isComplete()).isTrue();
    }

    static Stream<Vocabularies.Kind> kinds() {
        return Vocabularies.all().stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyAnswerMatchesOverEveryKindOfVocabulary(Vocabularies.Kind kind)
            throws ConstraintException {
        ConstraintCompiler compiler = compiler(kind);
        var random = new Random(5);
        List<String> patterns =
                kind.name().equals("words")
                        ? List.of(
                                " ?cat( dog| tree)*",
                                " ?(cat|dog),( true){2,3}",
                                " ?a( b| c){1,2}\\.")
                        : List.of(
                                "[a-z]{1,8}( [a-z]+)*",
                                "(yes|no), (I|you|they) (do|did)( not)?\\.",
                                " *[a-z]+",
                                "  x+");
        for (String pattern : patterns) {
            for (boolean atStart : new boolean[] {false, true}) {
                for (int most : new int[] {14, 16, 40}) {
                    Constraint constraint =
                            compiler.regex(pattern, new Ends(atStart, true), most, Client.PATIENT);
                    for (int i = 0; i < 20; i++) {
                        Answer answer = Answer.draw(constraint, kind.tokenizer(), atStart, random);
                        assertThat(answer.text()).matches(pattern);
                        assertThat(answer.tokens()).isLessThanOrEqualTo(most);
                    }
                }
            }
        }
    }

    /** Byte fallback and byte-level tokens write what has no token of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void charactersWithoutTokensAreWrittenByTheirBytes(String name) throws ConstraintException {
        Vocabularies.Kind kind =
                Vocabularies.all().stream()
                        .filter(each -> each.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        Constraint constraint =
                compiler(kind).regex("(Ω|中|😀|é|\\u{10FFFF}){3,6}", GOES_ON, 24, Client.PATIENT);
        var random = new Random(2);
        for (int i = 0; i < 50; i++) {
            assertThat(Answer.draw(constraint, kind.tokenizer(), false, random).text())
                    .matches("(Ω|中|😀|é|\\x{10FFFF}){3,6}");
        }
    }

    /** The decoder takes one space off the beginning of a text. */
    @Test
    void aSpaceThatTheDecoderTakesOffDoesNotCount() throws ConstraintException {
        Tokenizer words = Vocabularies.plain(List.of("cat", "dog", ","));
        ConstraintCompiler compiler = compiler(words);
        assertThat(words.bytes(0)).isEqualTo(utf8(" cat"));
        assertThat(allowed(compiler.regex("cat dog", NEW_TEXT, 2, Client.PATIENT).begin()))
                .isEqualTo(bits(0));
        assertThat(refusal(compiler, "cat dog", 9).kind()).isEqualTo(Kind.UNWRITABLE);
    }

    @Test
    void masksAndAutomataAreKeptWithinTheirBounds() throws ConstraintException {
        var cache = new MaskCache(32);
        for (int state = 0; state < 9; state++) {
            cache.put(1, state, new long[2]);
            cache.get(1, 0);
        }
        assertThat(cache.size()).isEqualTo(2);
        assertThat(cache.get(1, 0)).isNotNull();
        assertThat(cache.get(1, 8)).isNotNull();
        assertThat(cache.get(2, 8)).isNull();

        ConstraintCompiler compiler = compiler(tokens("a"));
        for (int i = 1; i <= Limits.COMPILED + 1; i++) {
            compiler.regex("a{" + i + "}", GOES_ON, 99, Client.PATIENT);
        }
        assertThat(compiler.size()).isEqualTo(Limits.COMPILED);
    }
}
