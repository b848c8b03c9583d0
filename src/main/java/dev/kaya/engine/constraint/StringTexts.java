package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.Expression.Characters;
import dev.kaya.engine.constraint.Expression.Machine;
import dev.kaya.engine.constraint.Expression.Repeat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Strings of some length that match patterns and have formats. */
final class StringTexts {

    private StringTexts() {}

    /**
     * The strings of a shape.
     *
     * @param room most characters where {@code maxLength} would allow more
     * @return null when there are none
     */
    static @Nullable Expression of(Shape shape, int room) throws ConstraintException {
        if (shape.leastLength > shape.mostLength) {
            return null;
        }
        var json = new JsonText(shape.pointer);
        boolean bounded = shape.mostLength < Integer.MAX_VALUE;
        int most =
                bounded
                        ? Math.min(shape.mostLength, Math.max(shape.leastLength, room))
                        : Expression.UNBOUNDED;
        List<Expression> contents = contents(shape);
        if (contents.isEmpty()) {
            return json.string(shape.leastLength, most);
        }
        boolean anyLength = shape.leastLength == 0 && !bounded;
        if (contents.size() == 1 && anyLength) {
            return json.quoted(JsonText.escaped(contents.getFirst()));
        }
        if (!anyLength) {
            Expression any = new Characters(CharacterSet.ALL, shape.pointer);
            contents.add(new Repeat(any, shape.leastLength, most));
        }
        Dfa all = null;
        for (Expression content : contents) {
            Dfa each = Dfa.of(json.quoted(JsonText.escaped(content)), shape.pointer);
            all = all == null ? each : all.and(each, shape.pointer);
        }
        return all == null || all.isEmpty() ? null : new Machine(all, shape.pointer);
    }

    /** What patterns and formats demand of the whole string. */
    private static List<Expression> contents(Shape shape) throws ConstraintException {
        List<Expression> contents = new ArrayList<>();
        for (SchemaPart pattern : shape.patterns) {
            contents.add(RegexParser.parse(pattern.text(), pattern.pointer()));
        }
        for (SchemaPart format : shape.formats) {
            String pattern = Formats.pattern(format.text());
            if (pattern != null) {
                contents.add(placed(RegexParser.parse(pattern, ""), format.pointer()));
            }
        }
        return contents;
    }

    /** The same, all of it at one place. */
    private static Expression placed(Expression expression, String place)
            throws ConstraintException {
        return new Machine(Dfa.of(expression, place), place);
    }

    /** Whether a string matches all patterns and formats as a whole. */
    static boolean matches(String text, Shape shape) throws ConstraintException {
        for (Expression content : contents(shape)) {
            if (!Dfa.of(content, shape.pointer).accepts(text)) {
                return false;
            }
        }
        return true;
    }
}
