package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Choice;
import dev.kaya.engine.constraint.automaton.Expression.Item;
import dev.kaya.engine.constraint.automaton.Expression.Repeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a shape: listed members in their order, then those of free names. Where {@code
 * minProperties} or {@code maxProperties} leave a choice, members are counted as they are written;
 * where that would take too much room, the first of those that may be left out are written.
 */
final class ObjectTexts {

    private final SchemaCompiler compiler;
    private final SchemaAlternative shape;
    private final JsonText json;
    private final int least;
    private final int most;

    ObjectTexts(SchemaCompiler compiler, SchemaAlternative shape) {
        this.compiler = compiler;
        this.shape = shape;
        json = new JsonText(shape.pointer);
        least = shape.leastProperties;
        most = shape.mostProperties;
    }

    /**
     * The objects.
     *
     * @param room most members of free names where {@code maxProperties} would allow more, and most
     *     members that are counted
     * @return null when there are none
     */
    @Nullable Expression texts(int room) throws ConstraintException {
        Set<String> names = shape.names();
        List<Item> members = listed(names);
        if (members == null) {
            return null;
        }
        int others = Math.max(0, least - members.size());
        int required = required(members);
        if (most < Math.max(least, required)) {
            return none();
        }
        boolean isOpen = shape.isOpen();
        boolean more = others > 0 ? !shape.forbidsOthers() : isOpen && most > required;
        Expression value = more ? compiler.value(shape.additional(), shape.pointer) : null;
        if (others > 0) {
            if (value == null) {
                return none();
            }
            choose(members, members.size());
            compiler.count((long) others * others, shape.pointer); // of names, at the least
            for (int i = 0; i < others; i++) {
                members.add(new Item(json.member(name(names, i, others), value), 1, 1));
            }
        }
        Expression free = isOpen && value != null ? json.member(name(names, 0, 1), value) : null;
        return counted(members, free, room);
    }

    private @Nullable Expression none() {
        compiler.note(shape.pointer, "no object has as many properties as it must");
        return null;
    }

    /** Members whose names are listed; null when one that must be there has no value. */
    private @Nullable List<Item> listed(Set<String> names) throws ConstraintException {
        Map<String, SchemaPart> required = shape.requiredNames();
        List<Item> members = new ArrayList<>();
        for (String name : names) {
            compiler.budget().steps(shape.objects.size());
            compiler.budget().hold((long) SchemaCompiler.CHARACTER_BYTES * name.length());
            SchemaPart needed = required.get(name);
            Expression value = compiler.value(shape.property(name), shape.pointer);
            if (value != null) {
                Expression member = json.member(json.string(name), value);
                members.add(new Item(member, needed == null ? 0 : 1, 1));
            } else if (needed != null) {
                compiler.note(needed.pointer(), "this can have no value");
                return null;
            }
        }
        return members;
    }

    /**
     * Names that are not listed. Each of several classes has others: names whose lengths, divided
     * by the number of classes, leave the same remainder.
     */
    private Expression name(Set<String> listed, int index, int classes) throws ConstraintException {
        Expression any = json.string(0, Expression.UNBOUNDED);
        if (classes > 1) {
            int first = (index + 1) % classes;
            Expression more =
                    new Repeat(
                            new Repeat(json.anyCharacter(), classes, classes),
                            0,
                            Expression.UNBOUNDED);
            Expression length = new Repeat(json.anyCharacter(), first, first);
            any = json.quoted(Expression.sequence(length, more));
        }
        if (listed.isEmpty()) {
            return any;
        }
        List<Expression> taken = new ArrayList<>();
        listed.forEach(name -> taken.add(json.string(name)));
        CompilationBudget budget = compiler.budget();
        long held = budget.bytesHeld();
        Dfa names =
                Dfa.of(any, shape.pointer, budget)
                        .without(
                                Dfa.of(new Choice(taken), shape.pointer, budget),
                                shape.pointer,
                                budget);
        budget.releaseTo(held + names.bytes());
        return compiler.machine(names, shape.pointer);
    }

    /**
     * As many members as there must and may be. Free names may come twice, so they count for the
     * most and not for the fewest.
     *
     * @param members that come once, or not at all
     * @param free a member of a free name; null when there are none
     */
    private Expression counted(List<Item> members, @Nullable Expression free, int room) {
        if (least == members.size()) {
            choose(members, least);
        }
        if (most == required(members)) {
            leaveOut(members, members.size());
        }
        int required = required(members);
        int others = 0;
        if (free != null) {
            boolean bounded = most < Integer.MAX_VALUE;
            others = bounded ? Math.min(most - required, Math.max(1, room)) : Expression.UNBOUNDED;
        }
        boolean tooFew = least > required;
        boolean tooMany = members.size() + others > most;
        if ((tooFew || tooMany) && (tooMany ? most : least) <= room) {
            Item rest = free == null ? null : new Item(free, 0, others);
            return json.object(members, rest, least, tooMany ? most : Expression.UNBOUNDED);
        }
        if (tooFew) {
            choose(members, least - required);
        }
        if (tooMany) {
            leaveOut(members, members.size() - most);
            others = Math.min(others, most - members.size());
        }
        if (free != null && others != 0) {
            members.add(new Item(free, 0, others));
        }
        return json.object(members);
    }

    private static int required(List<Item> members) {
        return members.stream().mapToInt(Item::least).sum();
    }

    /** Makes the first of those that may be left out ones that must be there. */
    private static void choose(List<Item> members, int count) {
        int left = count;
        for (int i = 0; i < members.size() && left > 0; i++) {
            if (members.get(i).least() == 0) {
                members.set(i, new Item(members.get(i).body(), 1, 1));
                left--;
            }
        }
    }

    /** Takes out the last of those that may be left out. */
    private static void leaveOut(List<Item> members, int count) {
        int left = count;
        for (int i = members.size() - 1; i >= 0 && left > 0; i--) {
            if (members.get(i).least() == 0) {
                members.remove(i);
                left--;
            }
        }
    }
}
