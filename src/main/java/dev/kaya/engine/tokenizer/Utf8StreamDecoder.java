package dev.kaya.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes UTF-8 that comes in pieces, and never gives out half a character: at most three bytes
 * that may become one are held back.
 *
 * <p>However the bytes were cut, the texts joined are the same: every longest beginning of a
 * character that is not completed becomes one U+FFFD, and so does every other byte that belongs to
 * none (Unicode, section 3.9, "maximal subparts"; also what Rust's {@code from_utf8_lossy} does).
 * One decoder serves one stream; not thread-safe. Its memory is that of the longest piece.
 */
public final class Utf8StreamDecoder {

    private byte[] buffer = new byte[64];
    private int heldBack;

    /**
     * The characters that are complete with these bytes.
     *
     * @param bytes the next piece, of any length; it is not kept
     * @return the text, perhaps empty
     */
    public String feed(byte[] bytes) {
        int length = heldBack + bytes.length;
        if (length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length, buffer.length * 2));
        }
        System.arraycopy(bytes, 0, buffer, heldBack, bytes.length);
        int complete = length - incompleteTail(buffer, length);
        breakUpSurrogates(buffer, complete);
        String text = new String(buffer, 0, complete, StandardCharsets.UTF_8);
        heldBack = length - complete;
        System.arraycopy(buffer, complete, buffer, 0, heldBack);
        return text;
    }

    /**
     * Ends the stream; the decoder is then ready for another.
     *
     * @return U+FFFD for bytes held back, otherwise the empty text
     */
    public String finish() {
        String text = new String(buffer, 0, heldBack, StandardCharsets.UTF_8);
        heldBack = 0;
        return text;
    }

    /** A decoder that goes on from here by itself. */
    public Utf8StreamDecoder copy() {
        var copy = new Utf8StreamDecoder();
        System.arraycopy(buffer, 0, copy.buffer, 0, heldBack);
        copy.heldBack = heldBack;
        return copy;
    }

    /** Whether bytes wait for the rest of their character. */
    public boolean holdsBack() {
        return heldBack > 0;
    }

    /** How many bytes at the end are the beginning of a character that is not complete. */
    private static int incompleteTail(byte[] bytes, int length) {
        for (int count = 1; count <= 3 && count <= length; count++) {
            int lead = bytes[length - count] & 0xFF;
            if (lead >= 0x80 && lead < 0xC0) {
                continue;
            }
            boolean incomplete =
                    count < sequenceLength(lead)
                            && (count == 1 || mayFollow(lead, bytes[length - count + 1] & 0xFF));
            return incomplete ? count : 0;
        }
        return 0;
    }

    /** The bytes of the sequence that a lead byte begins; 1 for one that begins none. */
    private static int sequenceLength(int lead) {
        if (lead < 0xC2 || lead > 0xF4) {
            return 1;
        }
        if (lead < 0xE0) {
            return 2;
        }
        return lead < 0xF0 ? 3 : 4;
    }

    /**
     * Java's decoder makes one U+FFFD of the three bytes of an encoded surrogate, ED A0 80 to ED BF
     * BF, of which each is broken by itself. With another lead byte it makes three.
     */
    private static void breakUpSurrogates(byte[] bytes, int length) {
        for (int i = 0; i + 1 < length; i++) {
            if (bytes[i] == (byte) 0xED && (bytes[i + 1] & 0xFF) >= 0xA0) {
                bytes[i] = (byte) 0xFF;
            }
        }
    }

    /** Whether a continuation byte can be the second after a lead byte (Unicode, table 3-7). */
    private static boolean mayFollow(int lead, int second) {
        return switch (lead) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second < 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90;
            default -> true;
        };
    }
}
