package dev.kaya.service.answer;

import dev.kaya.engine.tokenizer.TokenDecoder;
import java.io.Reader;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Characters that are made piece by piece while they are read. No read ends between the halves of a
 * surrogate pair, so that whoever encodes what it got needs not wait for more. One thread's.
 */
final class DecodedText extends Reader {

    /** More characters than there ever are. */
    static final long TO_THE_END = Long.MAX_VALUE;

    /** Where the pieces come from. */
    interface Pieces {
        /** The next one, perhaps empty; null at the end. */
        @Nullable String next();
    }

    private final Pieces pieces;
    private long left;
    private String piece = "";
    private int at;

    /**
     * @param pieces in order
     * @param most characters, after which it ends
     */
    DecodedText(Pieces pieces, long most) {
        this.pieces = pieces;
        left = most;
    }

    /**
     * The text of tokens.
     *
     * @param decoder that ends it
     * @param tokens how many there are
     * @param decoded what the decoder makes of the token at an index
     * @param most characters, after which it ends
     */
    static DecodedText of(
            TokenDecoder decoder, int tokens, IntFunction<String> decoded, long most) {
        int[] next = {0};
        return new DecodedText(
                () -> {
                    int i = next[0]++;
                    if (i >= tokens) {
                        return i == tokens ? decoder.finish() : null;
                    }
                    return decoded.apply(i);
                },
                most);
    }

    /** A text, and then another. */
    static DecodedText after(String first, DecodedText rest) {
        boolean[] given = {false};
        return new DecodedText(
                () -> {
                    if (!given[0]) {
                        given[0] = true;
                        return first;
                    }
                    return rest.nextPiece() ? rest.takePiece() : null;
                },
                TO_THE_END);
    }

    private String takePiece() {
        String taken = piece.substring(at);
        at = piece.length();
        return taken;
    }

    /** Moves on to a piece of which something is left to read. */
    private boolean nextPiece() {
        while (at == piece.length()) {
            String next = left == 0 ? null : pieces.next();
            if (next == null) {
                return false;
            }
            piece = next.length() <= left ? next : next.substring(0, (int) left);
            left -= piece.length();
            at = 0;
        }
        return true;
    }

    @Override
    public int read(char[] target, int offset, int length) {
        int count = 0;
        while (count < length && nextPiece()) {
            int taken = Math.min(length - count, piece.length() - at);
            piece.getChars(at, at + taken, target, offset + count);
            at += taken;
            count += taken;
        }
        if (count > 1 && Character.isHighSurrogate(target[offset + count - 1]) && at > 0) {
            at--;
            count--;
        }
        return count == 0 && length > 0 ? -1 : count;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
