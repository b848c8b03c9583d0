package dev.kaya.engine.tokenizer.spelling;

import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tokens written as the text they stand for, but for a sign in the place of spaces and bytes as
 * {@code <0x0A>}; as SentencePiece has it.
 *
 * @param replacements what becomes of the text of every token, in this order
 * @param prefix what stands before every token: nothing, or a space where tokens are words
 * @param byteFallback whether {@code <0xNN>} is a byte
 * @param leadingSpace what becomes of spaces at the beginning of a text
 */
public record PieceSpelling(
        List<Replacement> replacements,
        String prefix,
        boolean byteFallback,
        LeadingSpace leadingSpace)
        implements TokenSpelling {

    /** SentencePiece's sign for a space. */
    public static final char SPACE_SIGN = '▁';

    private static final int BYTE_TOKEN_LENGTH = "<0x00>".length();

    /** SentencePiece's pieces, of which the first space of a text is taken off. */
    static final PieceSpelling SENTENCE_PIECE =
            new PieceSpelling(
                    List.of(new Replacement(String.valueOf(SPACE_SIGN), " ")),
                    "",
                    true,
                    LeadingSpace.FIRST_TAKEN);

    /** Every occurrence of one text becomes the other. */
    public record Replacement(String target, String replacement) {}

    public PieceSpelling {
        replacements = List.copyOf(replacements);
    }

    /** The byte that a token is the fallback for, or −1. */
    public static int byteOf(String token) {
        if (token.length() != BYTE_TOKEN_LENGTH
                || !token.startsWith("<0x")
                || !token.endsWith(">")) {
            return -1;
        }
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        boolean ascii = token.charAt(3) < 0x80 && token.charAt(4) < 0x80;
        return ascii && high >= 0 && low >= 0 ? high << 4 | low : -1;
    }

    /** The fallback token for a byte, as its file writes it. */
    public static String byteToken(int value) {
        return "<0x%02X>".formatted(value);
    }

    @Override
    public byte[] key(String token) {
        return token.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] text(String token) {
        if (isByte(token)) {
            return new byte[] {(byte) byteOf(token)};
        }
        String text = token;
        for (Replacement step : replacements) {
            text = text.replace(step.target(), step.replacement());
        }
        return (prefix + text).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] addedText(String content) {
        return text(content);
    }

    @Override
    public boolean isByte(String token) {
        return byteFallback && byteOf(token) >= 0;
    }

    @Override
    public TokenDecoder decoder(Tokenizer tokenizer, TokenTable table, boolean atStart) {
        return new PieceTokenDecoder(table, atStart ? leadingSpace : LeadingSpace.KEPT);
    }
}
