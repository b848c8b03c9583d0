package dev.kaya.engine.tokenizer.spelling;

import dev.kaya.engine.tokenizer.TokenDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Joins the texts of pieces, among them tokens that are one byte each, as SentencePiece's byte
 * fallback makes them.
 *
 * <p>A run of byte tokens is text when all of it is UTF-8, and otherwise one U+FFFD for each of its
 * bytes, exactly as the {@code ByteFallback} decoder of Hugging Face's {@code tokenizers} has it.
 * As one broken byte at the end of a run changes what its beginning is, the whole run is held back
 * until another token ends it. Runs are short: a character that the vocabulary lacks takes two to
 * four.
 */
final class PieceTokenDecoder implements TokenDecoder {

    private static final String REPLACEMENT = "\uFFFD";

    private final TokenTable table;
    private LeadingSpace leadingSpace;
    private byte[] run = new byte[16];
    private int runLength;

    /**
     * @param leadingSpace what happens to spaces at the beginning of this stream
     */
    PieceTokenDecoder(TokenTable table, LeadingSpace leadingSpace) {
        this.table = table;
        this.leadingSpace = leadingSpace;
    }

    @Override
    public String feed(int tokenId) {
        if (!table.isDefined(tokenId)) {
            return "";
        }
        byte[] bytes = table.bytes(tokenId);
        if (table.isByte(tokenId)) {
            if (runLength == run.length) {
                run = Arrays.copyOf(run, runLength * 2);
            }
            run[runLength++] = bytes[0];
            return "";
        }
        return begin(endOfRun()) + begin(firstToken(new String(bytes, StandardCharsets.UTF_8)));
    }

    @Override
    public String finish() {
        return begin(endOfRun());
    }

    @Override
    public TokenDecoder copy() {
        var copy = new PieceTokenDecoder(table, leadingSpace);
        copy.run = run.clone();
        copy.runLength = runLength;
        return copy;
    }

    private String endOfRun() {
        if (runLength == 0) {
            return "";
        }
        int length = runLength;
        runLength = 0;
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(run, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return REPLACEMENT.repeat(length);
        }
    }

    /** Takes the spaces off the first token, where that is the rule. */
    private String firstToken(String text) {
        if (leadingSpace != LeadingSpace.TAKEN_FROM_FIRST_TOKEN) {
            return text;
        }
        leadingSpace = LeadingSpace.KEPT;
        return text.replace(" ", "");
    }

    /** Takes one space off the first text that is not empty, where that is the rule. */
    private String begin(String text) {
        if (text.isEmpty() || leadingSpace == LeadingSpace.KEPT) {
            return text;
        }
        boolean taken = leadingSpace == LeadingSpace.FIRST_TAKEN && text.charAt(0) == ' ';
        leadingSpace = LeadingSpace.KEPT;
        return taken ? text.substring(1) : text;
    }
}
