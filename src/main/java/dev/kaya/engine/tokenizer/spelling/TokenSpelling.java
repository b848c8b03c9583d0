package dev.kaya.engine.tokenizer.spelling;

import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;

/** How a vocabulary's file writes its tokens: from a token as it is written to its bytes. */
public interface TokenSpelling {

    /**
     * The bytes by which a token is found when text is encoded.
     *
     * @return null for a token that no text is encoded to
     */
    byte @Nullable [] key(String token);

    /** The bytes that a token becomes when it is decoded. */
    byte[] text(String token);

    /** The same for an added token, by its content. */
    byte[] addedText(String content);

    /** Whether the token is one byte of byte fallback, {@code <0x0A>} for one. */
    boolean isByte(String token);

    /** A decoder for one stream of tokens. */
    TokenDecoder decoder(Tokenizer tokenizer, TokenTable table, boolean atStart);
}
