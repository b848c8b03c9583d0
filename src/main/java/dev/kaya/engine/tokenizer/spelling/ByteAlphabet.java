package dev.kaya.engine.tokenizer.spelling;

import dev.kaya.engine.tokenizer.ByteTokenDecoder;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * GPT-2's way to write any bytes as printable characters: the bytes 33–126, 161–172 and 174–255
 * stand for themselves (as Latin-1), the other 68, in order, for the characters from U+0100. A
 * space is {@code Ġ}, a line feed {@code Ċ}.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">bytes_to_unicode</a>
 */
public final class ByteAlphabet implements TokenSpelling {

    /** The only one there is. */
    public static final ByteAlphabet SPELLING = new ByteAlphabet();

    private static final int LATIN_1 = 256;

    private static final char[] CHARACTER_BY_BYTE = characterByByte();

    private static final short[] BYTE_BY_CHARACTER = byteByCharacter();

    private ByteAlphabet() {}

    /** The byte (0–255) that a character stands for, or −1 when it is not of the alphabet. */
    static int byteOf(char character) {
        return character < BYTE_BY_CHARACTER.length ? BYTE_BY_CHARACTER[character] : -1;
    }

    /** The character that stands for a byte (0–255). */
    public static char characterOf(int value) {
        return CHARACTER_BY_BYTE[value];
    }

    /** All characters, first those that stand for themselves. */
    public static char[] inOrder() {
        char[] characters = CHARACTER_BY_BYTE.clone();
        Arrays.sort(characters);
        return characters;
    }

    @Override
    public byte @Nullable [] key(String token) {
        var bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            int value = byteOf(token.charAt(i));
            if (value < 0) {
                return null;
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    /** A token with other characters has a text, but never merges. */
    @Override
    public byte[] text(String token) {
        byte[] bytes = key(token);
        return bytes == null ? addedText(token) : bytes;
    }

    @Override
    public byte[] addedText(String content) {
        return content.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean isByte(String token) {
        return false;
    }

    @Override
    public TokenDecoder decoder(Tokenizer tokenizer, TokenTable table, boolean atStart) {
        return new ByteTokenDecoder(tokenizer);
    }

    private static char[] characterByByte() {
        var table = new char[LATIN_1];
        char next = LATIN_1;
        for (int value = 0; value < LATIN_1; value++) {
            table[value] = standsForItself(value) ? (char) value : next++;
        }
        return table;
    }

    /** The characters that stand for bytes. */
    public static String spell(byte[] bytes) {
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
        int largest = 0;
        for (char character : CHARACTER_BY_BYTE) {
            largest = Math.max(largest, character);
        }
        var table = new short[largest + 1];
        Arrays.fill(table, (short) -1);
        for (int value = 0; value < LATIN_1; value++) {
            table[CHARACTER_BY_BYTE[value]] = (short) value;
        }
        return table;
    }

    private static boolean standsForItself(int value) {
        return (value >= 33 && value <= 126)
                || (value >= 161 && value <= 172)
                || (value >= 174 && value <= 255);
    }
}
