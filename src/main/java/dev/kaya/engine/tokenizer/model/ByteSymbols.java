package dev.kaya.engine.tokenizer.model;

import java.nio.charset.StandardCharsets;

/** A word's UTF-8 bytes as its first tokens. */
public final class ByteSymbols implements BpeModel.Symbols {

    private final int[] tokenByByte = new int[256];
    private final UnknownRule unknown;

    /**
     * @param unknown what to do about a byte without a token
     */
    public ByteSymbols(TokenIndex index, UnknownRule unknown) {
        this.unknown = unknown;
        for (int value = 0; value < tokenByByte.length; value++) {
            tokenByByte[value] = index.find(new byte[] {(byte) value}, 0, 1);
        }
    }

    /** Whether each of the 256 bytes has a token, so that every text can be encoded. */
    public boolean coversAllBytes() {
        for (int token : tokenByByte) {
            if (token == TokenIndex.ABSENT) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int write(String word, WordMerger merger) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] tokens = merger.tokens(bytes.length);
        int count = 0;
        boolean afterUnknown = false;
        for (int i = 0; i < bytes.length; i++) {
            int token = tokenByByte[bytes[i] & 0xFF];
            boolean isUnknown = token == TokenIndex.ABSENT;
            if (isUnknown) {
                token = unknown.tokenFor(characterAt(word, bytes, i), 0);
            }
            if (!isUnknown || !afterUnknown || !unknown.fused()) {
                tokens[count++] = token;
            }
            afterUnknown = isUnknown;
        }
        return count;
    }

    /** The character to which a byte of the word belongs. */
    private static String characterAt(String word, byte[] bytes, int byteIndex) {
        int character = -1;
        for (int i = 0; i <= byteIndex; i++) {
            boolean continues = (bytes[i] & 0xC0) == 0x80;
            character += continues ? 0 : 1;
        }
        int start = word.offsetByCodePoints(0, character);
        return Character.toString(word.codePointAt(start));
    }
}
