package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * SentencePiece's precompiled table of replacements, such as {@code nmt_nfkc}: a double-array trie
 * over UTF-8 whose values are offsets of texts that end with a zero byte. Immutable and
 * thread-safe.
 *
 * @see <a
 *     href="https://github.com/google/sentencepiece/blob/master/src/normalizer.cc">normalizer.cc,
 *     DecodePrecompiledCharsMap</a>
 * @see <a href="https://github.com/s-yata/darts-clone">Darts-clone, the trie</a>
 */
public final class CharacterMap {

    private static final int HEADER = Integer.BYTES;
    private static final int NO_MATCH = -1;

    private final int[] units;
    private final byte[] texts;

    /** The next node of the trie on the way, and the value found there. */
    private static final class Walk {
        int node;
        int value = NO_MATCH;
    }

    private CharacterMap(int[] units, byte[] texts) {
        this.units = units;
        this.texts = texts;
    }

    /**
     * Reads a table.
     *
     * @param file where it stands, for messages
     * @throws MalformedCheckpointException when it is too short for its own trie
     */
    public static CharacterMap read(Path file, byte[] table) throws MalformedCheckpointException {
        var buffer = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = table.length < HEADER ? -1 : Integer.toUnsignedLong(buffer.getInt());
        if (trieBytes < Integer.BYTES
                || trieBytes % Integer.BYTES != 0
                || trieBytes > table.length - HEADER) {
            throw new MalformedCheckpointException(
                    file,
                    -1,
                    "the precompiled_charsmap has %d bytes, which do not hold its trie"
                            .formatted(table.length));
        }
        var units = new int[(int) trieBytes / Integer.BYTES];
        buffer.asIntBuffer().get(units);
        var texts = new byte[table.length - HEADER - (int) trieBytes];
        buffer.get(HEADER + (int) trieBytes, texts);
        return new CharacterMap(units, texts);
    }

    /**
     * Appends what the characters at {@code start} become: the text of the longest rule that
     * matches, else the one character there.
     *
     * @return the index after the characters
     */
    int replaceAt(String text, int start, StringBuilder target) {
        var walk = new Walk();
        walk.node = offset(units[0]);
        int end = start;
        int value = NO_MATCH;
        for (int at = start; at < text.length(); ) {
            int codePoint = text.codePointAt(at);
            if (!step(walk, codePoint)) {
                break;
            }
            at += Character.charCount(codePoint);
            if (walk.value != NO_MATCH) {
                value = walk.value;
                end = at;
            }
        }
        if (value == NO_MATCH) {
            int codePoint = text.codePointAt(start);
            target.appendCodePoint(codePoint);
            return start + Character.charCount(codePoint);
        }
        target.append(textAt(value));
        return end;
    }

    /** Follows the bytes of a character; false where there is no way. */
    private boolean step(Walk walk, int codePoint) {
        if (codePoint < 0x80) {
            return step(walk, (byte) codePoint);
        }
        for (byte value : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
            if (!step(walk, value)) {
                return false;
            }
        }
        return true;
    }

    private boolean step(Walk walk, byte label) {
        int node = walk.node ^ (label & 0xFF);
        if (node < 0 || node >= units.length || label(units[node]) != (label & 0xFF)) {
            return false;
        }
        int next = node ^ offset(units[node]);
        boolean ends = (units[node] >>> 8 & 1) == 1 && next >= 0 && next < units.length;
        walk.value = ends ? units[next] & 0x7FFF_FFFF : NO_MATCH;
        walk.node = next;
        return true;
    }

    /** The byte that leads to a node; more than a byte for a node that is a value. */
    private static int label(int unit) {
        return unit & 0x8000_00FF;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    private String textAt(int start) {
        int end = Math.min(start, texts.length);
        int from = end;
        while (end < texts.length && texts[end] != 0) {
            end++;
        }
        return new String(texts, from, end - from, StandardCharsets.UTF_8);
    }
}
