package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.automaton.CharacterSet;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Characters;
import dev.kaya.engine.constraint.automaton.Expression.Choice;
import dev.kaya.engine.constraint.automaton.Expression.Counted;
import dev.kaya.engine.constraint.automaton.Expression.Item;
import dev.kaya.engine.constraint.automaton.Expression.Listing;
import dev.kaya.engine.constraint.automaton.Expression.Machine;
import dev.kaya.engine.constraint.automaton.Expression.Repeat;
import dev.kaya.engine.constraint.automaton.Expression.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How JSON is written: on one line, with at most one space behind each colon and comma and none
 * elsewhere, and every character of a string in one way alone: as itself, or where JSON demands an
 * escape, as its short one, else as {@code \}{@code u00hh}.
 */
final class JsonText {

    /** Deepest arrays and objects of a value of which a schema says nothing. */
    private static final int FREE_DEPTH = 2;

    private static final CharacterSet CONTROLS = CharacterSet.range(0, 0x1F);
    private static final CharacterSet ESCAPED = CONTROLS.or(CharacterSet.anyOf("\"\\"));
    private static final CharacterSet SHORT_ESCAPES = CharacterSet.anyOf("\"\\\b\f\n\r\t");

    private final String place;

    /**
     * @param place of what is written
     */
    JsonText(String place) {
        this.place = place;
    }

    /** These signs, outside of strings. */
    Expression sign(String text) {
        return Expression.text(text, place);
    }

    /** A comma between two values. */
    Expression comma() {
        return Expression.sequence(sign(","), Expression.optional(sign(" ")));
    }

    /** A string in quotes. */
    Expression quoted(Expression content) {
        return Expression.sequence(sign("\""), content, sign("\""));
    }

    /** A string of some length; control characters without a short escape are left out. */
    Expression string(int least, int most) {
        return quoted(new Repeat(anyCharacter(), least, most));
    }

    /** One character of a string. */
    Expression anyCharacter() {
        return escaped(CharacterSet.ALL.without(CONTROLS).or(SHORT_ESCAPES), place);
    }

    /** A member of an object. */
    Expression member(Expression name, Expression value) {
        return Expression.sequence(name, sign(":"), Expression.optional(sign(" ")), value);
    }

    /** An object of groups of members. */
    Expression object(List<Item> members) {
        return Expression.sequence(sign("{"), new Listing(members, comma()), sign("}"));
    }

    /**
     * An object of members of which some are left out.
     *
     * @param rest members that may follow; null for none
     * @param least fewest of the first ones
     * @param most members in all, or {@link Expression#UNBOUNDED}
     */
    Expression object(List<Item> members, @Nullable Item rest, int least, int most) {
        Expression counted = new Counted(members, rest, comma(), least, most);
        return Expression.sequence(sign("{"), counted, sign("}"));
    }

    /** An array of groups of items. */
    Expression array(List<Item> items) {
        return Expression.sequence(sign("["), new Listing(items, comma()), sign("]"));
    }

    /** Texts as the content of a string. */
    static Expression escaped(Expression content) {
        return switch (content) {
            case Characters characters -> escaped(characters.set(), characters.place());
            case Sequence sequence -> new Sequence(escaped(sequence.parts()));
            case Choice choice -> new Choice(escaped(choice.options()));
            case Repeat repeat -> new Repeat(escaped(repeat.body()), repeat.least(), repeat.most());
            case Listing listing -> listing;
            case Counted counted -> counted;
            case Machine machine -> machine;
        };
    }

    private static List<Expression> escaped(List<Expression> parts) {
        List<Expression> escaped = new ArrayList<>();
        for (Expression part : parts) {
            escaped.add(escaped(part));
        }
        return escaped;
    }

    private static Expression escaped(CharacterSet set, String place) {
        List<Expression> ways = new ArrayList<>();
        ways.add(new Characters(set.without(ESCAPED), place));
        for (int i = 0; i < ESCAPED.ranges(); i++) {
            for (int c = ESCAPED.low(i); c <= ESCAPED.high(i); c++) {
                if (set.contains(c)) {
                    ways.add(Expression.text(escape(c), place));
                }
            }
        }
        return ways.size() == 1 ? ways.getFirst() : new Choice(ways);
    }

    private static String escape(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> "\\u%04x".formatted(c);
        };
    }

    /** Exactly this string. */
    Expression string(String text) {
        return quoted(escaped(Expression.text(text, place)));
    }

    /** Exactly this value. */
    Expression value(JsonNode value) {
        if (value.isObject()) {
            List<Item> members = new ArrayList<>();
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                Expression member = member(string(entry.getKey()), value(entry.getValue()));
                members.add(new Item(member, 1, 1));
            }
            return object(members);
        }
        if (value.isArray()) {
            List<Item> items = new ArrayList<>();
            for (JsonNode each : value) {
                items.add(new Item(value(each), 1, 1));
            }
            return array(items);
        }
        return value.isString() ? string(value.stringValue()) : sign(value.toString());
    }

    /** Any value, of a bounded depth. */
    Expression anyValue() {
        return anyValue(FREE_DEPTH);
    }

    private Expression anyValue(int depth) {
        List<Expression> ways =
                new ArrayList<>(
                        List.of(
                                sign("null"),
                                sign("true"),
                                sign("false"),
                                NumberTexts.anyNumber(place),
                                string(0, Expression.UNBOUNDED)));
        if (depth > 0) {
            ways.add(anyArray(depth));
            ways.add(anyObject(depth));
        }
        return new Choice(ways);
    }

    private Expression anyArray(int depth) {
        return array(List.of(new Item(anyValue(depth - 1), 0, Expression.UNBOUNDED)));
    }

    private Expression anyObject(int depth) {
        Expression name = string(0, Expression.UNBOUNDED);
        Expression member = member(name, anyValue(depth - 1));
        return object(List.of(new Item(member, 0, Expression.UNBOUNDED)));
    }
}
