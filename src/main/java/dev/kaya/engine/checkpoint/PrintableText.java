package dev.kaya.engine.checkpoint;

/**
 * Text out of a file as it may stand in a message or a log: a name may hold line ends and escape
 * sequences, and be as long as the file.
 */
public final class PrintableText {

    private PrintableText() {}

    /** What a reader sees of a text, its control characters spelled out, of so many at most. */
    public static String of(String text, int mostCharacters) {
        String shown =
                text.length() <= mostCharacters ? text : text.substring(0, mostCharacters) + "…";
        return escaped(shown);
    }

    /** The same of any length. */
    public static String escaped(String text) {
        var escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isPrintable(c)) {
                escaped.append(c);
            } else {
                escaped.append(String.format("\\u%04x", (int) c));
            }
        }
        return escaped.toString();
    }

    private static boolean isPrintable(char c) {
        int type = Character.getType(c);
        return type != Character.CONTROL
                && type != Character.FORMAT
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }
}
