package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.UnencodableTextException;
import dev.kaya.engine.tokenizer.model.TokenIdList;
import dev.kaya.engine.tokenizer.model.WordModel;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import java.util.List;

/**
 * How a piece of text between added tokens becomes words: it is prepared, cut by the first
 * splitter, each piece by the next one, and so on. Immutable and thread-safe.
 *
 * @param preparation such as a space put in front
 * @param splitters none of them: the whole piece is one word
 */
public record PreTokenizer(TextNormalizer preparation, List<WordSplitter> splitters) {

    public PreTokenizer {
        splitters = List.copyOf(splitters);
    }

    /** Splitters alone. */
    public static PreTokenizer of(WordSplitter... splitters) {
        return new PreTokenizer(TextNormalizer.NONE, List.of(splitters));
    }

    /**
     * Encodes the words of a piece of text.
     *
     * @throws UnencodableTextException with an offset in the piece, at or before what is missing
     */
    public void encode(
            String piece, Preceding preceding, WordModel.WordEncoder encoder, TokenIdList ids) {
        String text = preparation.normalize(piece, preceding);
        try {
            split(text, 0, text.length(), 0, (start, end) -> encoder.encode(text, start, end, ids));
        } catch (UnencodableTextException e) {
            throw text.equals(piece) ? e : e.at(0);
        }
    }

    /** Receives words. */
    @FunctionalInterface
    private interface Words {
        void word(int start, int end);
    }

    private void split(String text, int start, int limit, int level, Words words) {
        if (level == splitters.size()) {
            if (start < limit) {
                words.word(start, limit);
            }
            return;
        }
        WordSplitter splitter = splitters.get(level);
        for (int at = start; at < limit; ) {
            int end = splitter.wordEnd(text, at, limit);
            if (splitter.keeps(text, at, limit)) {
                split(text, at, end, level + 1, words);
            }
            at = end;
        }
    }
}
