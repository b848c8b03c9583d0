package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the opcodes that push a constant.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</a>
 */
final class PickleLiterals {

    /** Longer strings in a pickle are refused. */
    static final int MAX_STRING_BYTES = 16 << 20;

    private static final int MAX_LINE_BYTES = 1 << 16;
    private static final int MAX_NUMBER_BYTES = 1024;

    private PickleLiterals() {}

    /** The constant that {@code opcode} pushes; its argument follows in {@code in}. */
    static @Nullable Object read(int opcode, ByteCursor in) throws MalformedCheckpointException {
        return switch (opcode) {
            case 'N' -> null;
            case 0x88 -> true;
            case 0x89 -> false;
            case 'J' -> (long) in.i32();
            case 'K' -> (long) in.u8();
            case 'M' -> (long) in.u16();
            case 'I', 'L' -> integer(in);
            case 0x8a -> integer(in.bytes(in.u8(), MAX_NUMBER_BYTES));
            case 0x8b -> integer(in.bytes(in.i32(), MAX_NUMBER_BYTES));
            case 'F' -> floating(in);
            case 'G' -> in.f64BigEndian();
            case 'S' -> quoted(in);
            case 'V' -> unescape(in.line(MAX_LINE_BYTES), false, in);
            case 'U' -> latin1(in, in.u8());
            case 'T' -> latin1(in, in.i32());
            case 0x8c -> utf8(in, in.u8());
            case 'X' -> utf8(in, in.u32());
            case 0x8d -> utf8(in, in.i64());
            case 'C' -> in.bytes(in.u8(), MAX_STRING_BYTES);
            case 'B' -> in.bytes(in.u32(), MAX_STRING_BYTES);
            case 0x8e, 0x96 -> in.bytes(in.i64(), MAX_STRING_BYTES);
            default ->
                    throw in.fault(
                            "the pickle opcode 0x"
                                    + HexFormat.of().toHexDigits((byte) opcode)
                                    + " is unknown or not allowed");
        };
    }

    /** A line of decimal digits; {@code 00} and {@code 01} are the old way to write booleans. */
    private static Object integer(ByteCursor in) throws MalformedCheckpointException {
        String line = in.line(MAX_NUMBER_BYTES);
        if (line.equals("00") || line.equals("01")) {
            return line.equals("01");
        }
        String digits = line.endsWith("L") ? line.substring(0, line.length() - 1) : line;
        try {
            return narrow(new BigInteger(digits));
        } catch (NumberFormatException e) {
            throw in.fault("\"" + line + "\" is not a whole number");
        }
    }

    private static Object integer(byte[] littleEndian) {
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
        }
        return bigEndian.length == 0 ? (Object) 0L : narrow(new BigInteger(bigEndian));
    }

    private static Object narrow(BigInteger value) {
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    private static Object floating(ByteCursor in) throws MalformedCheckpointException {
        String line = in.line(MAX_NUMBER_BYTES);
        try {
            return switch (line) {
                case "nan" -> Double.NaN;
                case "inf" -> Double.POSITIVE_INFINITY;
                case "-inf" -> Double.NEGATIVE_INFINITY;
                default -> Double.parseDouble(line);
            };
        } catch (NumberFormatException e) {
            throw in.fault("\"" + line + "\" is not a number");
        }
    }

    private static String latin1(ByteCursor in, long length) throws MalformedCheckpointException {
        return new String(in.bytes(length, MAX_STRING_BYTES), StandardCharsets.ISO_8859_1);
    }

    private static String utf8(ByteCursor in, long length) throws MalformedCheckpointException {
        return new String(in.bytes(length, MAX_STRING_BYTES), StandardCharsets.UTF_8);
    }

    private static String quoted(ByteCursor in) throws MalformedCheckpointException {
        String line = in.line(MAX_LINE_BYTES);
        int last = line.length() - 1;
        boolean quotes =
                last > 0
                        && line.charAt(0) == line.charAt(last)
                        && (line.charAt(0) == '\'' || line.charAt(0) == '"');
        if (!quotes) {
            throw in.fault("a quoted string is expected");
        }
        return unescape(line.substring(1, last), true, in);
    }

    /**
     * Resolves backslash escapes.
     *
     * @param every whether all of Python's escapes count; otherwise only the Unicode ones do
     */
    private static String unescape(String text, boolean every, ByteCursor in)
            throws MalformedCheckpointException {
        StringBuilder result = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '\\' || at == text.length()) {
                result.append(c);
                continue;
            }
            char kind = text.charAt(at++);
            int digits = hexDigits(kind, every);
            if (digits > 0) {
                result.appendCodePoint(codePoint(text, at, digits, in));
                at += digits;
            } else {
                result.append(every ? simpleEscape(kind) : "\\" + kind);
            }
        }
        return result.toString();
    }

    private static int hexDigits(char kind, boolean every) {
        return switch (kind) {
            case 'u' -> 4;
            case 'U' -> 8;
            case 'x' -> every ? 2 : 0;
            default -> 0;
        };
    }

    private static int codePoint(String text, int start, int digits, ByteCursor in)
            throws MalformedCheckpointException {
        try {
            int value = Integer.parseInt(text, start, start + digits, 16);
            if (Character.isValidCodePoint(value)) {
                return value;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw in.fault("a string has a damaged escape");
        }
        throw in.fault("a string has a damaged escape");
    }

    private static String simpleEscape(char kind) {
        return switch (kind) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            default -> String.valueOf(kind);
        };
    }
}
