package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.Expression.Choice;
import dev.kaya.engine.constraint.Expression.Item;
import dev.kaya.engine.constraint.Expression.Machine;
import dev.kaya.engine.constraint.SchemaCompiler.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Objects of a shape: listed members in their order, then those of free names. */
final class ObjectTexts {

    private final SchemaCompiler compiler;
    private final Shape shape;
    private final @Nullable Path path;
    private final JsonText json;

    ObjectTexts(SchemaCompiler compiler, Shape shape, @Nullable Path path) {
        this.compiler = compiler;
        this.shape = shape;
        this.path = path;
        json = new JsonText(shape.pointer);
    }

    /**
     * The objects.
     *
     * @param room most members of free names where {@code maxProperties} would allow more
     * @return null when there are none
     */
    @Nullable Expression texts(int room) throws ConstraintException {
        Set<String> names = shape.names();
        List<Item> members = new ArrayList<>();
        for (String name : names) {
            SchemaPart required = shape.required.get(name);
            Expression value = compiler.value(shape.property(name), shape.pointer, path);
            if (value != null) {
                members.add(
                        new Item(
                                json.member(json.string(name), value),
                                required == null ? 0 : 1,
                                1));
            } else if (required != null) {
                compiler.note(required.pointer(), "this can have no value");
                return null;
            }
        }
        Item free =
                shape.isOpen() && shape.mostProperties > names.size() ? free(names, room) : null;
        if (!countsFit(members, free)) {
            compiler.note(shape.pointer, "no object has as many properties as it must");
            return null;
        }
        if (free != null) {
            members.add(free);
        }
        return json.object(members);
    }

    /** Members of names that are not listed; null when there can be none. */
    private @Nullable Item free(Set<String> names, int room) throws ConstraintException {
        Expression value = compiler.value(shape.additional(), shape.pointer, path);
        if (value == null) {
            return null;
        }
        int most = shape.mostProperties;
        boolean bounded = most < Integer.MAX_VALUE;
        if (bounded && !names.isEmpty()) {
            throw unsupported("maxProperties beside properties and additionalProperties");
        }
        return new Item(
                json.member(freeName(names), value),
                shape.leastProperties > shape.required.size() ? 1 : 0,
                bounded ? Math.min(most, Math.max(1, room)) : Expression.UNBOUNDED);
    }

    private Expression freeName(Set<String> names) throws ConstraintException {
        Expression any = json.string(0, Expression.UNBOUNDED);
        if (names.isEmpty()) {
            return any;
        }
        List<Expression> listed = new ArrayList<>();
        names.forEach(name -> listed.add(json.string(name)));
        Dfa taken = Dfa.of(new Choice(listed), shape.pointer);
        return new Machine(Dfa.of(any, shape.pointer).without(taken, shape.pointer), shape.pointer);
    }

    /**
     * Whether all objects have as many members as they must. Names may come twice, so members of
     * free names count as one.
     */
    private boolean countsFit(List<Item> members, @Nullable Item free) throws ConstraintException {
        int required = members.stream().mapToInt(Item::least).sum();
        int certain = required + (free == null ? 0 : free.least());
        int all = members.size() + (free == null ? 0 : 1);
        if (shape.leastProperties > certain) {
            if (shape.leastProperties > all && free == null) {
                return false;
            }
            if (free == null && shape.leastProperties == all) {
                members.replaceAll(member -> new Item(member.body(), 1, 1));
                return true;
            }
            throw unsupported("minProperties above the number of required properties");
        }
        if (shape.mostProperties < required) {
            return false;
        }
        if (free == null && shape.mostProperties < members.size()) {
            if (shape.mostProperties == required) {
                members.removeIf(member -> member.least() == 0);
                return true;
            }
            throw unsupported("maxProperties below the number of properties");
        }
        return true;
    }

    private ConstraintException unsupported(String what) {
        return ConstraintException.unsupported(shape.pointer, what + " is not supported");
    }
}
