package dev.kaya.engine.tokenizer.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A word's characters as its first tokens; one without a token becomes its bytes, where there are
 * tokens for all of them, or else unknown.
 */
public final class CharacterSymbols implements BpeModel.Symbols {

    private static final int ASCII = 128;

    private final int[] tokenByAscii = new int[ASCII];
    private final LongIntMap tokenByCodePoint = new LongIntMap(1024);
    private final int[] tokenByByte;
    private final UnknownRule unknown;

    /**
     * @param index whose tokens of one character these are
     * @param tokenByByte the fallback for each of the 256 bytes, {@link TokenIndex#ABSENT} where
     *     there is none
     */
    public CharacterSymbols(TokenIndex index, int[] tokenByByte, UnknownRule unknown) {
        this.tokenByByte = tokenByByte.clone();
        this.unknown = unknown;
        Arrays.fill(tokenByAscii, TokenIndex.ABSENT);
        index.forEach(this::addIfOneCharacter);
    }

    /** No fallback. */
    public static int[] noBytes() {
        var none = new int[256];
        Arrays.fill(none, TokenIndex.ABSENT);
        return none;
    }

    private void addIfOneCharacter(byte[] key, int id) {
        if (key.length == 0 || key.length > 4) {
            return;
        }
        String token = new String(key, StandardCharsets.UTF_8);
        int codePoint = token.codePointAt(0);
        if (token.length() == Character.charCount(codePoint)) {
            if (codePoint < ASCII) {
                tokenByAscii[codePoint] = id;
            } else {
                tokenByCodePoint.put(codePoint, id);
            }
        }
    }

    /** The token of a character, or {@link TokenIndex#ABSENT}. */
    public int tokenOf(int codePoint) {
        return codePoint < ASCII ? tokenByAscii[codePoint] : tokenByCodePoint.get(codePoint);
    }

    @Override
    public int write(String word, WordMerger merger) {
        // A character of four bytes is two chars, so that the bytes are at most three a char.
        int[] tokens = merger.tokens(Math.multiplyExact(word.length(), 3));
        int count = 0;
        boolean afterUnknown = false;
        for (int at = 0; at < word.length(); ) {
            int codePoint = word.codePointAt(at);
            int token = tokenOf(codePoint);
            boolean isUnknown = false;
            if (token != TokenIndex.ABSENT) {
                tokens[count++] = token;
            } else {
                int bytes = writeBytes(codePoint, tokens, count);
                count += bytes;
                isUnknown = bytes == 0;
            }
            if (isUnknown) {
                token = unknown.tokenFor(Character.toString(codePoint), 0);
                if (!afterUnknown || !unknown.fused()) {
                    tokens[count++] = token;
                }
            }
            afterUnknown = isUnknown;
            at += Character.charCount(codePoint);
        }
        return count;
    }

    /** Writes the fallback tokens of a character; returns 0 when one is missing. */
    private int writeBytes(int codePoint, int[] tokens, int start) {
        byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int token = tokenByByte[bytes[i] & 0xFF];
            if (token == TokenIndex.ABSENT) {
                return 0;
            }
            tokens[start + i] = token;
        }
        return bytes.length;
    }
}
