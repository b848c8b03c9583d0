package dev.kaya.engine.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's way to write any bytes as printable characters: the bytes 33–126, 161–172 and 174–255
 * stand for themselves (as Latin-1), the other 68, in order, for the characters from U+0100. A
 * space is {@code Ġ}, a line feed {@code Ċ}.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">bytes_to_unicode</a>
 */
final class ByteAlphabet {

    private static final int LATIN_1 = 256;

    private static final short[] BYTE_BY_CHARACTER = byteByCharacter();

    private ByteAlphabet() {}

    /** The byte (0–255) that a character stands for, or −1 when it is not of the alphabet. */
    static int byteOf(char character) {
        return character < BYTE_BY_CHARACTER.length ? BYTE_BY_CHARACTER[character] : -1;
    }

    /**
     * Writes the bytes that a token's characters stand for.
     *
     * @param target at least {@code offset + end − start} long
     * @return whether every character was of the alphabet; if not, target holds rubbish
     */
    static boolean toBytes(CharSequence token, int start, int end, byte[] target, int offset) {
        for (int i = start; i < end; i++) {
            int value = byteOf(token.charAt(i));
            if (value < 0) {
                return false;
            }
            target[offset + i - start] = (byte) value;
        }
        return true;
    }

    /** The characters that stand for bytes. */
    static String spell(byte[] bytes) {
        var text = new StringBuilder();
        for (byte value : bytes) {
            char character = 0;
            while (byteOf(character) != Byte.toUnsignedInt(value)) {
                character++;
            }
            text.append(character);
        }
        return text.toString();
    }

    private static short[] byteByCharacter() {
        int shifted = 0;
        for (int value = 0; value < LATIN_1; value++) {
            shifted += standsForItself(value) ? 0 : 1;
        }
        var table = new short[LATIN_1 + shifted];
        Arrays.fill(table, (short) -1);
        int next = LATIN_1;
        for (int value = 0; value < LATIN_1; value++) {
            table[standsForItself(value) ? value : next++] = (short) value;
        }
        return table;
    }

    private static boolean standsForItself(int value) {
        return (value >= 33 && value <= 126)
                || (value >= 161 && value <= 172)
                || (value >= 174 && value <= 255);
    }
}
