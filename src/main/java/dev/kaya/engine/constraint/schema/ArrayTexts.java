package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Item;
import dev.kaya.engine.constraint.automaton.Expression.Repeat;
import dev.kaya.engine.constraint.schema.SchemaAlternative.ArrayRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arrays of a shape: first items each with a schema of its own, then others that share one. */
final class ArrayTexts {

    private final SchemaCompiler compiler;
    private final SchemaAlternative shape;
    private final JsonText json;

    ArrayTexts(SchemaCompiler compiler, SchemaAlternative shape) {
        this.compiler = compiler;
        this.shape = shape;
        json = new JsonText(shape.pointer);
    }

    /**
     * The arrays.
     *
     * @param room most items where {@code maxItems} would allow more, and most that may be left out
     *     of the first ones
     * @return null when there are none
     */
    @Nullable Expression texts(int room) throws ConstraintException {
        if (shape.uniqueItems != null && shape.mostItems > 1) {
            throw shape.uniqueItems.unsupported("uniqueItems is not supported");
        }
        int prefix = 0;
        boolean described = false;
        for (ArrayRule rule : shape.arrays) {
            prefix = Math.max(prefix, rule.prefix().size());
            described |= rule.items() != null && !rule.items().node().isBoolean();
        }
        int most = shape.mostItems;
        if (prefix > Math.max(shape.leastItems, room)) {
            most = Math.min(most, Math.max(shape.leastItems, room));
        }
        List<Expression> first = new ArrayList<>();
        while (first.size() < Math.min(prefix, most)) {
            Expression item = item(first.size());
            if (item == null) {
                most = first.size();
            } else {
                first.add(item);
            }
        }
        boolean more = most > prefix && (prefix == 0 || described || shape.leastItems > prefix);
        Expression rest = more ? item(prefix) : null;
        if (rest == null) {
            most = Math.min(most, first.size());
        } else if (!described && prefix > 0) {
            most = shape.leastItems; // no more than must be
        } else if (most < Integer.MAX_VALUE) {
            most = Math.min(most, Math.max(Math.max(shape.leastItems, prefix), room));
        }
        if (shape.leastItems > most) {
            compiler.note(shape.pointer, "no array is as long as it must be");
            return null;
        }
        return array(first, rest, most);
    }

    private @Nullable Expression item(int index) throws ConstraintException {
        compiler.budget().steps(shape.arrays.size());
        List<SchemaPart> schemas = new ArrayList<>();
        for (ArrayRule rule : shape.arrays) {
            SchemaPart items = rule.items();
            if (index < rule.prefix().size()) {
                schemas.add(rule.prefix().get(index));
            } else if (items != null) {
                schemas.add(items);
            }
        }
        return compiler.value(schemas, shape.pointer);
    }

    private Expression array(List<Expression> first, @Nullable Expression rest, int most) {
        int bound = most == Integer.MAX_VALUE ? Expression.UNBOUNDED : most;
        if (first.isEmpty()) {
            return json.array(
                    rest == null || most == 0
                            ? List.of()
                            : List.of(new Item(rest, shape.leastItems, bound)));
        }
        Expression tail = Expression.NOTHING;
        if (rest != null && most > first.size()) {
            Expression next = Expression.sequence(json.comma(), rest);
            int least = Math.max(0, shape.leastItems - first.size());
            int others = bound == Expression.UNBOUNDED ? bound : most - first.size();
            tail = new Repeat(next, least, others);
        }
        int certain = Math.min(shape.leastItems, first.size());
        for (int i = first.size() - 1; i >= certain; i--) {
            Expression comma = i == 0 ? Expression.NOTHING : json.comma();
            tail = Expression.optional(Expression.sequence(comma, first.get(i), tail));
        }
        List<Expression> parts = new ArrayList<>();
        parts.add(json.sign("["));
        for (int i = 0; i < certain; i++) {
            parts.add(i == 0 ? Expression.NOTHING : json.comma());
            parts.add(first.get(i));
        }
        parts.add(tail);
        parts.add(json.sign("]"));
        return new Expression.Sequence(parts);
    }
}
