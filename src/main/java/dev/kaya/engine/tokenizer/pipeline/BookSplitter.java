package dev.kaya.engine.tokenizer.pipeline;

/**
 * Cuts text into words, marks and pairs of dashes as "Build a Large Language Model (From Scratch)"
 * does in its second chapter: at {@code ([,.:;?_!"()\']|--|\s)}, without the white space.
 *
 * @see <a href="https://github.com/rasbt/LLMs-from-scratch/tree/main/ch02">chapter 2</a>
 */
public final class BookSplitter implements WordSplitter {

    private static final String MARKS = ",.:;?_!\"()'";

    /** Before these the book's decoder takes the space away. */
    private static final String CLOSE_MARKS = ",.?!\"()'";

    /** Whether a token stands close to what is before it, without a space between them. */
    public static boolean standsClose(String token) {
        return !token.isEmpty() && CLOSE_MARKS.indexOf(token.charAt(0)) >= 0;
    }

    /** Whether a token is one word to this splitter. */
    public boolean isWord(String token) {
        return !token.isEmpty()
                && keeps(token, 0, token.length())
                && wordEnd(token, 0, token.length()) == token.length();
    }

    @Override
    public int wordEnd(String text, int start, int limit) {
        if (delimits(text, start, limit)) {
            return start + (text.charAt(start) == '-' ? 2 : 1);
        }
        int at = start;
        while (at < limit && !delimits(text, at, limit)) {
            at++;
        }
        return at;
    }

    @Override
    public boolean keeps(String text, int start, int limit) {
        return !isSpace(text.charAt(start));
    }

    private static boolean delimits(String text, int at, int limit) {
        char character = text.charAt(at);
        boolean dashes = character == '-' && at + 1 < limit && text.charAt(at + 1) == '-';
        return dashes || MARKS.indexOf(character) >= 0 || isSpace(character);
    }

    /** White space to Python, which counts four separators among the control characters in. */
    public static boolean isSpace(int codePoint) {
        return CharacterKind.isSpace(codePoint) || (codePoint >= 0x1C && codePoint <= 0x1F);
    }
}
