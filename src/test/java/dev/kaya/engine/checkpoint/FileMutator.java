package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Damages a file over and over, in the same ways for the same seed: single bits and bytes, numbers
 * of four and eight bytes and of decimal digits set to the bounds of their types or of the file,
 * pieces copied, repeated, taken out or put elsewhere, and cuts.
 */
public final class FileMutator {

    private static final String[] NUMBERS = {
        "-1",
        "0",
        "1",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e999",
        "-0.5",
        "null",
        "[]",
        "\"x\"",
    };
    private static final int MOST_CHANGES = 4;
    private static final int LONGEST_PIECE = 64;
    private static final int TABLE = 4096;

    private final byte[] original;
    private final long zeros;
    private final SplittableRandom random;
    private byte[] bytes;

    /**
     * A mutator of a file, or of the head of one whose further content does not matter.
     *
     * @param head the bytes to damage
     * @param zeros how many zeros follow in place of the rest
     */
    public FileMutator(byte[] head, long zeros, long seed) {
        this.original = head.clone();
        this.zeros = zeros;
        this.random = new SplittableRandom(seed);
        this.bytes = original;
    }

    /** Writes the file as it is. */
    public void writeUndamaged(Path file) throws IOException {
        write(file, original, zeros);
    }

    /** Writes the next damaged file. */
    public void write(Path file) throws IOException {
        bytes = original.clone();
        int changes = random.nextBoolean() ? 1 : random.nextInt(2, MOST_CHANGES + 1);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            change();
        }
        boolean cut = zeros > 0 && random.nextInt(16) == 0;
        write(file, bytes, cut ? random.nextLong(zeros) : zeros);
    }

    private static void write(Path file, byte[] head, long zeros) throws IOException {
        Files.write(file, head);
        if (zeros > 0) {
            try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
                sparse.setLength(head.length + zeros);
            }
        }
    }

    private void change() {
        int at = place();
        switch (random.nextInt(16)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2, 3 -> bytes[at] = (byte) random.nextInt(256);
            case 4 -> put(at, Integer.BYTES, boundary());
            case 5 -> put(at, Long.BYTES, boundary());
            case 6 -> put(at, Integer.BYTES, number(at, Integer.BYTES) + random.nextInt(-2, 3));
            case 7 -> put(at, Long.BYTES, number(at, Long.BYTES) * random.nextInt(-1, 4));
            case 8, 9 -> replaceNumber(at);
            case 10 -> splice(at, at, piece());
            case 11 -> splice(at, Math.min(bytes.length, at + pieceLength()), new byte[0]);
            case 12, 13 -> {
                byte[] piece = piece();
                System.arraycopy(piece, 0, bytes, at, Math.min(piece.length, bytes.length - at));
            }
            case 14 -> swap(at, random.nextInt(bytes.length));
            default -> {
                if (random.nextInt(4) == 0) {
                    bytes = Arrays.copyOf(bytes, at);
                }
            }
        }
    }

    /** Anywhere, but rather near the beginning or the end, where formats keep their tables. */
    private int place() {
        int length = bytes.length;
        return switch (random.nextInt(4)) {
            case 0, 1 -> random.nextInt(Math.min(length, TABLE));
            case 2 -> length - 1 - random.nextInt(Math.min(length, TABLE / 4));
            default -> random.nextInt(length);
        };
    }

    private long boundary() {
        long length = original.length + zeros;
        return switch (random.nextInt(12)) {
            case 0 -> -1;
            case 1 -> 0;
            case 2 -> 1;
            case 3 -> Integer.MAX_VALUE;
            case 4 -> 1L << 31;
            case 5 -> 1L << 32;
            case 6 -> Long.MAX_VALUE;
            case 7 -> Long.MIN_VALUE;
            case 8 -> length - 1;
            case 9 -> length;
            case 10 -> length + 1;
            default -> 1L << random.nextInt(64);
        };
    }

    private void put(int at, int width, long value) {
        byte[] number = new byte[Long.BYTES];
        ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
        System.arraycopy(number, 0, bytes, at, Math.min(width, bytes.length - at));
    }

    private long number(int at, int width) {
        byte[] number = new byte[Long.BYTES];
        System.arraycopy(bytes, at, number, 0, Math.min(width, bytes.length - at));
        return ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** Puts another number in place of the next decimal one. */
    private void replaceNumber(int from) {
        int start = from;
        while (start < bytes.length && !isDigit(bytes[start])) {
            start++;
        }
        int end = start;
        while (end < bytes.length && isDigit(bytes[end])) {
            end++;
        }
        if (start < end) {
            String number = NUMBERS[random.nextInt(NUMBERS.length)];
            splice(start, end, number.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    private int pieceLength() {
        return random.nextInt(1, LONGEST_PIECE);
    }

    /** A piece of the undamaged file. */
    private byte[] piece() {
        int start = random.nextInt(original.length);
        return Arrays.copyOfRange(
                original, start, Math.min(original.length, start + pieceLength()));
    }

    private void splice(int start, int end, byte[] insertion) {
        byte[] result = new byte[bytes.length - (end - start) + insertion.length];
        System.arraycopy(bytes, 0, result, 0, start);
        System.arraycopy(insertion, 0, result, start, insertion.length);
        System.arraycopy(bytes, end, result, start + insertion.length, bytes.length - end);
        bytes = result;
    }

    private void swap(int a, int b) {
        int length = Math.min(random.nextInt(1, 16), bytes.length - Math.max(a, b));
        byte[] kept = Arrays.copyOfRange(bytes, a, a + length);
        System.arraycopy(bytes, b, bytes, a, length);
        System.arraycopy(kept, 0, bytes, b, length);
    }
}
