package dev.kaya.engine.tokenizer.model;

import dev.kaya.engine.tokenizer.UnencodableTextException;

/**
 * Byte-pair encoding of words: the symbols of a word are its first tokens, and neighbours merge by
 * rank until none can. Thread-safe; words are remembered in a cache of bounded size.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al., Neural Machine Translation of
 *     Rare Words with Subword Units</a>
 */
public final class BpeModel implements WordModel {

    private final Symbols symbols;
    private final MergeTable merges;
    private final WholeWords wholeWords;
    private final WordCache cache = new WordCache();

    /** Finds the first tokens of a word. */
    public interface Symbols {

        /**
         * Writes them to the merger.
         *
         * @return how many there are
         * @throws UnencodableTextException when there is none for a part of the word
         */
        int write(String word, WordMerger merger);
    }

    /** Finds words that are tokens whatever the merges make of them ({@code ignore_merges}). */
    @FunctionalInterface
    public interface WholeWords {

        /** Where merges rule. */
        WholeWords NONE = word -> TokenIndex.ABSENT;

        /** The token of a word, or {@link TokenIndex#ABSENT}. */
        int tokenOf(String word);

        /** Every token of a vocabulary that is not special. */
        static WholeWords of(Vocabulary vocabulary) {
            return word -> {
                int id = vocabulary.index().find(word);
                boolean special = id != TokenIndex.ABSENT && vocabulary.table().isSpecial(id);
                return special ? TokenIndex.ABSENT : id;
            };
        }
    }

    public BpeModel(Symbols symbols, MergeTable merges, WholeWords wholeWords) {
        this.symbols = symbols;
        this.merges = merges;
        this.wholeWords = wholeWords;
    }

    /** A model over the bytes of words, all of which have tokens, or whose absence is refused. */
    public static BpeModel overBytes(Vocabulary vocabulary, WholeWords wholeWords) {
        var symbols = new ByteSymbols(vocabulary.index(), UnknownRule.REFUSE);
        return new BpeModel(symbols, vocabulary.merges(), wholeWords);
    }

    @Override
    public WordEncoder encoder() {
        var merger = new WordMerger(merges);
        return (text, start, end, ids) -> {
            int[] known = cache.get(text, start, end);
            if (known != null) {
                ids.addAll(known, known.length);
                return;
            }
            try {
                encode(text.substring(start, end), merger, ids);
            } catch (UnencodableTextException e) {
                throw e.at(start);
            }
        };
    }

    private void encode(String word, WordMerger merger, TokenIdList ids) {
        int whole = wholeWords.tokenOf(word);
        if (whole != TokenIndex.ABSENT) {
            ids.add(whole);
            return;
        }
        int count = merger.merge(symbols.write(word, merger));
        ids.addAll(merger.tokens(count), count);
        if (word.length() <= WordCache.LONGEST_WORD) {
            cache.put(word, merger.copy(count));
        }
    }
}
