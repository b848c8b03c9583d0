package dev.kaya.engine.constraint;

import dev.kaya.engine.tokenizer.WellFormedText;

/** What a client wrote, as messages repeat it: of whole characters only, and not too long. */
public final class MessageText {

    private static final int LONGEST = 60;

    private MessageText() {}

    /** Cut short where it is long. */
    public static String of(String text) {
        if (text.length() <= LONGEST) {
            return whole(text);
        }
        return whole(WellFormedText.beginning(text, LONGEST)) + "…";
    }

    /** With halves of surrogate pairs, which no UTF-8 has, spelled out. */
    static String whole(String text) {
        int at = WellFormedText.firstUnpaired(text, 0);
        if (at < 0) {
            return text;
        }
        var whole = new StringBuilder();
        int from = 0;
        for (; at >= 0; at = WellFormedText.firstUnpaired(text, from)) {
            whole.append(text, from, at).append(escape(text.charAt(at)));
            from = at + 1;
        }
        return whole.append(text, from, text.length()).toString();
    }

    /** A half of a pair, spelled out. */
    public static String escape(char half) {
        return "\\u%04x".formatted((int) half);
    }
}
