package dev.kaya.engine.tokenizer.spelling;

import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * Tokens that are words, joined by spaces.
 *
 * @param standsClose which words have no space before them
 */
public record WordSpelling(Predicate<String> standsClose) implements TokenSpelling {

    @Override
    public byte[] key(String token) {
        return token.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] text(String token) {
        return (standsClose.test(token) ? token : " " + token).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] addedText(String content) {
        return text(content);
    }

    @Override
    public boolean isByte(String token) {
        return false;
    }

    @Override
    public TokenDecoder decoder(Tokenizer tokenizer, TokenTable table, boolean atStart) {
        return new PieceTokenDecoder(table, atStart ? LeadingSpace.FIRST_TAKEN : LeadingSpace.KEPT);
    }
}
