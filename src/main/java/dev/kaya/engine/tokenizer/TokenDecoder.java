package dev.kaya.engine.tokenizer;

/**
 * Turns token ids that come one after the other into text, and never gives out half a character.
 * However a text is cut into calls, the pieces joined are what {@link Tokenizer#decode} gives. One
 * decoder serves one stream; not thread-safe.
 */
public interface TokenDecoder {

    /**
     * The text that is certain with this token.
     *
     * @return perhaps empty, when what the token stands for depends on the next ones
     */
    String feed(int tokenId);

    /** Ends the stream: the text that waited for more tokens. */
    String finish();

    /** A decoder that goes on from here by itself, for another stream that began like this one. */
    TokenDecoder copy();
}
