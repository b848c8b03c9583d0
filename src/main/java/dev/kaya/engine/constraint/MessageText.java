package dev.kaya.engine.constraint;

/** What a client wrote, as messages repeat it: of whole characters only, and not too long. */
final class MessageText {

    private static final int LONGEST = 60;

    private MessageText() {}

    /** Cut short where it is long. */
    static String of(String text) {
        if (text.length() <= LONGEST) {
            return whole(text);
        }
        boolean splits = Character.isHighSurrogate(text.charAt(LONGEST - 1));
        return whole(text.substring(0, splits ? LONGEST - 1 : LONGEST)) + "…";
    }

    /** With halves of surrogate pairs, which no UTF-8 has, spelled out. */
    static String whole(String text) {
        int at = firstHalf(text, 0);
        if (at < 0) {
            return text;
        }
        var whole = new StringBuilder();
        int from = 0;
        for (; at >= 0; at = firstHalf(text, from)) {
            whole.append(text, from, at).append(escape(text.charAt(at)));
            from = at + 1;
        }
        return whole.append(text, from, text.length()).toString();
    }

    /** Where half of a surrogate pair stands, from an index on; −1 when there is none. */
    static int firstHalf(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean isPair =
                        i + 1 < text.length()
                                && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!isPair) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    /** A half of a pair, spelled out. */
    static String escape(char half) {
        return "\\u%04x".formatted((int) half);
    }
}
