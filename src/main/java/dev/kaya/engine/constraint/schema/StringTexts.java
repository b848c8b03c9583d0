package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.CharacterSet;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Characters;
import dev.kaya.engine.constraint.automaton.Expression.Machine;
import dev.kaya.engine.constraint.automaton.Expression.Repeat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Strings of some length that match patterns and have formats; one thread's. */
final class StringTexts {

    private final Patterns patterns;
    private final CompilationBudget budget;
    private final Map<Wanted, Dfa> known = new HashMap<>();

    StringTexts(Patterns patterns, CompilationBudget budget) {
        this.patterns = patterns;
        this.budget = budget;
    }

    /** What strings must meet; those that are wanted again are not made again. */
    private record Wanted(List<String> patterns, List<String> formats, int least, int most) {

        static Wanted of(SchemaAlternative shape, int most) throws ConstraintException {
            return new Wanted(texts(shape.patterns), texts(shape.formats), shape.leastLength, most);
        }

        private static List<String> texts(List<SchemaPart> parts) throws ConstraintException {
            List<String> texts = new ArrayList<>();
            for (SchemaPart part : parts) {
                texts.add(part.text());
            }
            return texts;
        }

        boolean isOfAnyLength() {
            return least == 0 && most == Expression.UNBOUNDED;
        }
    }

    /**
     * The strings of a shape.
     *
     * @param room most characters where {@code maxLength} would allow more
     * @return null when there are none
     */
    @Nullable Expression of(SchemaAlternative shape, int room) throws ConstraintException {
        if (shape.leastLength > shape.mostLength) {
            return null;
        }
        var json = new JsonText(shape.pointer);
        boolean bounded = shape.mostLength < Integer.MAX_VALUE;
        int most =
                bounded
                        ? Math.min(shape.mostLength, Math.max(shape.leastLength, room))
                        : Expression.UNBOUNDED;
        Wanted wanted = Wanted.of(shape, most);
        int contents = wanted.patterns().size() + wanted.formats().size();
        if (contents == 0) {
            return json.string(shape.leastLength, most);
        }
        if (contents == 1 && wanted.isOfAnyLength()) {
            return json.quoted(JsonText.escaped(contents(shape).getFirst()));
        }
        Dfa all = known.get(wanted);
        if (all == null) {
            all = all(shape, wanted);
            known.put(wanted, all);
        }
        return all.isEmpty() ? null : new Machine(all, shape.pointer);
    }

    private Dfa all(SchemaAlternative shape, Wanted wanted) throws ConstraintException {
        List<Expression> contents = contents(shape);
        if (!wanted.isOfAnyLength()) {
            Expression any = new Characters(CharacterSet.ALL, shape.pointer);
            contents.add(new Repeat(any, wanted.least(), wanted.most()));
        }
        var json = new JsonText(shape.pointer);
        long held = budget.bytesHeld();
        Dfa all = null;
        for (Expression content : contents) {
            Expression strings = json.quoted(JsonText.escaped(content));
            Dfa each = Dfa.of(strings, shape.pointer, budget);
            all = all == null ? each : all.and(each, shape.pointer, budget);
            budget.releaseTo(held + all.bytes());
        }
        if (all == null) {
            throw new IllegalArgumentException("nothing is wanted of the strings");
        }
        return all;
    }

    /** What patterns and formats demand of the whole string. */
    private List<Expression> contents(SchemaAlternative shape) throws ConstraintException {
        List<Expression> contents = new ArrayList<>();
        for (SchemaPart pattern : shape.patterns) {
            contents.add(patterns.expression(pattern));
        }
        for (SchemaPart format : shape.formats) {
            contents.add(new Machine(patterns.ofFormat(format), format.pointer()));
        }
        return contents;
    }

    /** Whether a string matches all patterns and formats as a whole. */
    boolean matches(String text, SchemaAlternative shape) throws ConstraintException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (SchemaPart pattern : shape.patterns) {
            budget.steps(1L + bytes.length);
            if (!accepts(patterns.ofPattern(pattern), bytes)) {
                return false;
            }
        }
        for (SchemaPart format : shape.formats) {
            budget.steps(1L + bytes.length);
            if (!accepts(patterns.ofFormat(format), bytes)) {
                return false;
            }
        }
        return true;
    }

    private static boolean accepts(Dfa dfa, byte[] bytes) {
        int at = dfa.next(Dfa.START, bytes);
        return at != Dfa.DEAD && dfa.accepts(at);
    }
}
