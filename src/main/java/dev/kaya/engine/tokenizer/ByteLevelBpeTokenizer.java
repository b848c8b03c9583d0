package dev.kaya.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * GPT-2's byte-level byte-pair encoding: added tokens are cut out, the rest is split into words, a
 * word's UTF-8 bytes are its first tokens, and neighbours merge by rank until none can.
 *
 * <p>Gives the ids that Hugging Face's {@code tokenizers} gives, with one exception: a byte without
 * a token is an error here, and left out there. Immutable to its callers and thread-safe; words are
 * remembered in a cache of bounded size.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al., Neural Machine Translation of
 *     Rare Words with Subword Units</a>
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">GPT-2's encoder.py</a>
 */
public final class ByteLevelBpeTokenizer implements Tokenizer {

    private final BpeVocabulary vocabulary;
    private final WordSplitter splitter;
    private final BpeOptions options;
    private final WordCache cache = new WordCache();

    /** What to cut out of a text, one matcher after the other. */
    private final List<AddedTokenMatcher> ordinaryMatchers;

    private final List<AddedTokenMatcher> allMatchers;

    /**
     * @param splitter cuts what lies between added tokens into words
     * @throws IllegalArgumentException when the BOS of the options is not in the vocabulary
     */
    public ByteLevelBpeTokenizer(
            BpeVocabulary vocabulary, WordSplitter splitter, BpeOptions options) {
        OptionalInt bos = options.bosTokenId();
        if (bos.isPresent() && !vocabulary.isDefined(bos.getAsInt())) {
            throw new IllegalArgumentException(
                    "the BOS token %d is not in the vocabulary".formatted(bos.getAsInt()));
        }
        this.vocabulary = vocabulary;
        this.splitter = splitter;
        this.options = options;
        ordinaryMatchers = matchers(vocabulary.addedTokens(), false);
        allMatchers = matchers(vocabulary.addedTokens(), true);
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public int[] encode(String text, boolean allowSpecialTokens) {
        var encoding = new Encoding(WellFormedText.of(text));
        encoding.cutOut(
                allowSpecialTokens ? allMatchers : ordinaryMatchers, 0, encoding.text.length());
        return encoding.ids.toArray();
    }

    @Override
    public byte[] bytes(int tokenId) {
        return vocabulary.bytes(tokenId);
    }

    @Override
    public boolean isSpecial(int tokenId) {
        return vocabulary.isSpecial(tokenId);
    }

    @Override
    public boolean isDefined(int tokenId) {
        return vocabulary.isDefined(tokenId);
    }

    @Override
    public boolean addsBos() {
        return options.bosTokenId().isPresent();
    }

    @Override
    public OptionalInt bosTokenId() {
        return options.bosTokenId();
    }

    /** Hugging Face looks for tokens that are not normalized first, then for the normalized. */
    private static List<AddedTokenMatcher> matchers(List<AddedToken> tokens, boolean special) {
        var matchers = new ArrayList<AddedTokenMatcher>();
        for (boolean normalized : new boolean[] {false, true}) {
            var chosen = new ArrayList<AddedToken>();
            for (AddedToken token : tokens) {
                if (token.normalized() == normalized && (special || !token.special())) {
                    chosen.add(token);
                }
            }
            if (!chosen.isEmpty()) {
                matchers.add(new AddedTokenMatcher(chosen));
            }
        }
        return List.copyOf(matchers);
    }

    /** One text on its way to ids, with the memory that takes. */
    private final class Encoding {

        final String text;
        final TokenIdList ids = new TokenIdList();
        final WordMerger merger = new WordMerger(vocabulary.merges());

        Encoding(String text) {
            this.text = text;
        }

        /** Encodes {@code text[start, limit)}: added tokens as themselves, the rest by words. */
        void cutOut(List<AddedTokenMatcher> matchers, int start, int limit) {
            if (matchers.isEmpty()) {
                encodeBetween(start, limit);
                return;
            }
            AddedTokenMatcher matcher = matchers.getFirst();
            List<AddedTokenMatcher> others = matchers.subList(1, matchers.size());
            int from = start;
            int at = start;
            while (at < limit) {
                int match = matcher.matchAt(text, at, limit);
                if (match == AddedTokenMatcher.NO_MATCH) {
                    at++;
                    continue;
                }
                AddedToken token = matcher.token(match);
                cutOut(others, from, at);
                ids.add(token.id());
                at += token.content().length();
                from = at;
            }
            cutOut(others, from, limit);
        }

        /** Encodes text without added tokens. */
        private void encodeBetween(int start, int limit) {
            if (options.addsPrefixSpace() && start < limit && text.charAt(start) != ' ') {
                String spaced = " " + text.substring(start, limit);
                encodeWords(spaced, 0, spaced.length(), start - 1);
            } else {
                encodeWords(text, start, limit, 0);
            }
        }

        /**
         * @param shift what to add to an index of {@code source} for the same place in {@link
         *     #text}
         */
        private void encodeWords(String source, int start, int limit, int shift) {
            int at = start;
            while (at < limit) {
                int end = splitter.wordEnd(source, at, limit);
                int[] known = cache.get(source, at, end);
                if (known == null) {
                    encodeWord(source.substring(at, end), at + shift);
                } else {
                    ids.addAll(known, known.length);
                }
                at = end;
            }
        }

        private void encodeWord(String word, int position) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            int whole = options.ignoresMerges() ? vocabulary.tokenOf(bytes) : TokenIndex.ABSENT;
            if (whole != TokenIndex.ABSENT) {
                ids.add(whole);
                return;
            }
            int[] tokens = merger.tokens(bytes.length);
            for (int i = 0; i < bytes.length; i++) {
                tokens[i] = vocabulary.tokenOfByte(bytes[i]);
                if (tokens[i] == TokenIndex.ABSENT) {
                    throw unencodable(word, i, position);
                }
            }
            int count = merger.merge(bytes.length);
            ids.addAll(tokens, count);
            if (word.length() <= WordCache.LONGEST_WORD) {
                cache.put(word, merger.copy(count));
            }
        }

        /** The character of the word that holds its byte {@code byteIndex}, and where it is. */
        private UnencodableTextException unencodable(String word, int byteIndex, int position) {
            int at = 0;
            int bytesLeft = byteIndex;
            while (bytesLeft >= utf8Length(word.codePointAt(at))) {
                bytesLeft -= utf8Length(word.codePointAt(at));
                at = word.offsetByCodePoints(at, 1);
            }
            int offset = text.codePointCount(0, Math.max(0, position + at));
            return new UnencodableTextException(word.codePointAt(at), offset);
        }

        private static int utf8Length(int codePoint) {
            if (codePoint < 0x80) {
                return 1;
            }
            if (codePoint < 0x800) {
                return 2;
            }
            return codePoint < 0x10000 ? 3 : 4;
        }
    }
}
