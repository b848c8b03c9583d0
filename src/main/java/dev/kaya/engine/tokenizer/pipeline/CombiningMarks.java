package dev.kaya.engine.tokenizer.pipeline;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Unicode's normal forms in a time that grows as the text does.
 *
 * <p>Java's normalizer puts combining marks in order by insertion: 160,000 marks of alternating
 * classes take half a minute (Xeon 2.5 GHz), and a prompt may have more. So long runs of marks are
 * put in canonical order here, before it sees them; the text stays equivalent.
 *
 * @see <a href="https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format">UAX 15: no language
 *     needs more than thirty marks in a row</a>
 */
final class CombiningMarks {

    /** Below this character every text is in composed form. */
    private static final char FIRST_COMBINING = 0x300;

    /** Runs up to this length are left to Java, which needs a few microseconds at worst. */
    private static final int SHORT_RUN = 64;

    private CombiningMarks() {}

    /** The text in a normal form; the same object when it is. */
    static String normalize(String text, Normalizer.Form form) {
        if (form == Normalizer.Form.NFC && isBelow(text, FIRST_COMBINING)) {
            return text;
        }
        String ordered = orderLongRuns(text);
        return Normalizer.isNormalized(ordered, form)
                ? ordered
                : Normalizer.normalize(ordered, form);
    }

    private static boolean isBelow(String text, char limit) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= limit) {
                return false;
            }
        }
        return true;
    }

    private static String orderLongRuns(String text) {
        StringBuilder ordered = null;
        int copied = 0;
        for (int at = 0; at < text.length(); ) {
            int end = runEnd(text, at);
            if (end - at > SHORT_RUN) {
                ordered = ordered == null ? new StringBuilder(text.length()) : ordered;
                ordered.append(text, copied, at);
                appendOrdered(text.substring(at, end), ordered);
                copied = end;
            }
            at = Math.max(end, at + Character.charCount(text.codePointAt(at)));
        }
        return ordered == null ? text : ordered.append(text, copied, text.length()).toString();
    }

    /** The end of the run of marks that begins at {@code start}, or {@code start}. */
    private static int runEnd(String text, int start) {
        int at = start;
        while (at < text.length()) {
            int codePoint = text.codePointAt(at);
            if (!isMark(codePoint)) {
                return at;
            }
            at += Character.charCount(codePoint);
        }
        return at;
    }

    private static boolean isMark(int codePoint) {
        return codePoint >= FIRST_COMBINING && CharacterKind.isMark(codePoint);
    }

    /** Decomposes the marks and sorts them by class, between those of class 0, which stay. */
    private static void appendOrdered(String run, StringBuilder target) {
        var pending = new ArrayList<String>();
        for (int at = 0; at < run.length(); ) {
            int next = run.offsetByCodePoints(at, 1);
            String parts = Normalizer.normalize(run.substring(at, next), Normalizer.Form.NFD);
            for (int part = 0; part < parts.length(); ) {
                int partEnd = parts.offsetByCodePoints(part, 1);
                String mark = parts.substring(part, partEnd);
                if (Classes.of(mark) == 0) {
                    flush(pending, target);
                    target.append(mark);
                } else {
                    pending.add(mark);
                }
                part = partEnd;
            }
            at = next;
        }
        flush(pending, target);
    }

    private static void flush(List<String> pending, StringBuilder target) {
        pending.sort(Comparator.comparingInt(Classes::of));
        pending.forEach(target::append);
        pending.clear();
    }

    /**
     * The order of the canonical combining classes, which Java knows but does not tell: of two
     * marks that it swaps, the second has the lower class. Only made when it is needed.
     */
    private static final class Classes {

        /** The only mark of class 240, the highest. */
        private static final String HIGHEST = "\u0345";

        /** A mark of class 1, the lowest that moves. */
        private static final String LOWEST = "\u0334";

        /** No mark beyond it has a class. */
        private static final int LAST_MARK = 0x1FFFF;

        private static final Map<String, Integer> BY_MARK = byMark();

        private Classes() {}

        /** Higher for a higher class; 0 for class 0, that is, for marks that are never moved. */
        static int of(String mark) {
            return BY_MARK.getOrDefault(mark, 0);
        }

        private static Map<String, Integer> byMark() {
            var moving = new ArrayList<String>();
            for (int codePoint = FIRST_COMBINING; codePoint <= LAST_MARK; codePoint++) {
                String mark = Character.toString(codePoint);
                if (isMark(codePoint) && (swaps(HIGHEST, mark) || swaps(mark, LOWEST))) {
                    moving.add(mark);
                }
            }
            moving.sort((a, b) -> swaps(a, b) ? 1 : swaps(b, a) ? -1 : 0);
            var classes = new HashMap<String, Integer>();
            int current = 1;
            for (int i = 0; i < moving.size(); i++) {
                current += i > 0 && swaps(moving.get(i), moving.get(i - 1)) ? 1 : 0;
                classes.put(moving.get(i), current);
            }
            return Map.copyOf(classes);
        }

        /** Whether {@code a} has a higher class than {@code b}, which has one that is not 0. */
        private static boolean swaps(String a, String b) {
            return !a.equals(b) && Normalizer.normalize(a + b, Normalizer.Form.NFD).equals(b + a);
        }
    }
}
