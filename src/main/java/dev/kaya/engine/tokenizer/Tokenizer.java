package dev.kaya.engine.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/** Text to token ids and back. Implementations are immutable to their callers and thread-safe. */
public interface Tokenizer {

    /** One more than the largest id that has text or a special meaning. */
    int vocabularySize();

    /**
     * The ids of a text, without BOS.
     *
     * @param text any string; unpaired surrogates become U+FFFD
     * @param allowSpecialTokens whether special tokens written in the text become those tokens;
     *     otherwise they are ordinary text
     * @throws UnencodableTextException when the vocabulary lacks a character or a word of the text
     */
    default int[] encode(String text, boolean allowSpecialTokens) {
        return encode(List.of(new Segment(text, allowSpecialTokens)));
    }

    /**
     * The ids of one text that is given in parts, without BOS: those of the parts joined together,
     * if only trusted ones held special tokens. Words and merges cross from one part to the next as
     * if there were no border; a special token that is written across the border of trusted text is
     * ordinary text, and one across two trusted parts that touch is that token.
     *
     * <p>Tokens that a vocabulary looks for in normalized text are special where the normalizer
     * keeps the border of the trusted text; in a stretch of text where it rewrites characters on
     * both sides of one together, they are ordinary text.
     *
     * @param segments the parts; unpaired surrogates in what they make together become U+FFFD
     * @throws UnencodableTextException when the vocabulary lacks a character or a word of the text,
     *     with its place in the whole
     */
    int[] encode(List<Segment> segments);

    /**
     * The bytes a token stands for within a text: UTF-8 text or a part of it, with the space that
     * belongs to it; the content of a special token; or nothing for an id without text. The caller
     * must not change the array.
     *
     * @param tokenId from 0; ids beyond the vocabulary have no bytes
     */
    byte[] bytes(int tokenId);

    /** Whether the id is a special token, such as BOS or EOS, and no text a model would write. */
    boolean isSpecial(int tokenId);

    /**
     * Whether the id exists at all; ids that only pad the vocabulary do not, and are never sampled.
     */
    boolean isDefined(int tokenId);

    /** Whether this tokenizer's own rules put a BOS in front of a text. */
    boolean addsBos();

    /** The token that those rules put there; present if and only if {@link #addsBos}. */
    default OptionalInt bosTokenId() {
        return OptionalInt.empty();
    }

    /**
     * A decoder for one stream of tokens.
     *
     * @param atStart whether the stream is the beginning of a text, and not the continuation of
     *     one: SentencePiece's tokenizers put a space in front of a text, which is taken off again
     */
    default TokenDecoder decoder(boolean atStart) {
        return new ByteTokenDecoder(this);
    }

    /** The text of ids from its beginning, special tokens included; broken UTF-8 becomes U+FFFD. */
    default String decode(int[] tokenIds) {
        TokenDecoder decoder = decoder(true);
        var text = new StringBuilder();
        for (int tokenId : tokenIds) {
            text.append(decoder.feed(tokenId));
        }
        return text.append(decoder.finish()).toString();
    }

    /** The text of one token within a text; U+FFFD for bytes that are no characters alone. */
    default String text(int tokenId) {
        var utf8 = new Utf8StreamDecoder();
        return utf8.feed(bytes(tokenId)) + utf8.finish();
    }
}
