package dev.kaya.engine.tokenizer.pipeline;

/**
 * The split pattern of Llama 3 ({@link #LLAMA_3}), which groups up to three digits, and of Qwen2
 * ({@link #QWEN_2}), which takes digits one by one; otherwise they are the same. By hand and linear
 * for the reasons of {@link Gpt2WordSplitter}.
 *
 * <p>Beyond GPT-2's, contractions may be in capitals; a word takes any one character before it that
 * is neither letter, number nor line break; marks take the line breaks after them; and a run of
 * white space with line breaks is a word up to the last of these.
 *
 * @see <a href="https://github.com/meta-llama/llama3/blob/main/llama/tokenizer.py">Llama 3's
 *     tokenizer.py</a>
 */
public final class Llama3WordSplitter implements WordSplitter {

    /** Llama 3's pattern as {@code tokenizer.json} files write it. */
    public static final String LLAMA_3 = pattern("{1,3}");

    /** Qwen2's pattern as {@code tokenizer.json} files write it. */
    public static final String QWEN_2 = pattern("");

    private final int mostDigits;

    /**
     * @param mostDigits how many numbers in a row make a word: 3 or 1
     */
    public Llama3WordSplitter(int mostDigits) {
        this.mostDigits = mostDigits;
    }

    private static String pattern(String digits) {
        return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }

    @Override
    public int wordEnd(String text, int start, int limit) {
        int first = text.codePointAt(start);
        int next = start + Character.charCount(first);
        if (first == '\'') {
            int length = contractionLength(text, next, limit);
            if (length > 0) {
                return next + length;
            }
        }
        int kind = CharacterKind.of(first);
        if (kind == CharacterKind.LETTER) {
            return CharacterKind.runEnd(text, next, limit, kind);
        }
        if (kind == CharacterKind.NUMBER) {
            return digitsEnd(text, next, limit);
        }
        int nextKind = next < limit ? CharacterKind.of(text.codePointAt(next)) : -1;
        if (nextKind == CharacterKind.LETTER && !isLineBreak(first)) {
            return CharacterKind.runEnd(text, next, limit, CharacterKind.LETTER);
        }
        if (kind == CharacterKind.OTHER || (first == ' ' && nextKind == CharacterKind.OTHER)) {
            return marksEnd(text, next, limit);
        }
        return spaceEnd(text, start, limit);
    }

    /** How many letters after an apostrophe make an English contraction: 0, 1 or 2. */
    private static int contractionLength(String text, int at, int limit) {
        if (at >= limit) {
            return 0;
        }
        int second = at + 1 < limit ? lower(text.charAt(at + 1)) : 0;
        return switch (lower(text.charAt(at))) {
            // The long s is an s whose case is ignored.
            case 's', 't', 'm', 'd', 'ſ' -> 1;
            case 'r', 'v' -> second == 'e' ? 2 : 0;
            case 'l' -> second == 'l' ? 2 : 0;
            default -> 0;
        };
    }

    private static int lower(char character) {
        return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
    }

    private int digitsEnd(String text, int secondDigit, int limit) {
        int at = secondDigit;
        for (int count = 1; count < mostDigits && at < limit; count++) {
            int codePoint = text.codePointAt(at);
            if (CharacterKind.of(codePoint) != CharacterKind.NUMBER) {
                return at;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    private static int marksEnd(String text, int start, int limit) {
        int at = CharacterKind.runEnd(text, start, limit, CharacterKind.OTHER);
        while (at < limit && isLineBreak(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Up to the last line break of the run, else all of it but the character before a word. */
    private static int spaceEnd(String text, int start, int limit) {
        int end = CharacterKind.runEnd(text, start, limit, CharacterKind.SPACE);
        for (int at = end; at > start; at--) {
            if (isLineBreak(text.charAt(at - 1))) {
                return at;
            }
        }
        return end < limit && end - start > 1 ? end - 1 : end;
    }

    private static boolean isLineBreak(int character) {
        return character == '\n' || character == '\r';
    }
}
