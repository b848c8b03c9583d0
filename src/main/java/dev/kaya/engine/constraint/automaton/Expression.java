package dev.kaya.engine.constraint.automaton;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of texts, as regular expressions and schemas say it. What can stop an answer knows its
 * place: a position in a pattern, or a JSON pointer in a schema.
 */
public sealed interface Expression {

    /** No bound. */
    int UNBOUNDED = -1;

    /** The empty text. */
    Expression NOTHING = new Sequence(List.of());

    /** One character of a set; none at all when it is empty. */
    record Characters(CharacterSet set, String place) implements Expression {}

    /** One after the other. */
    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** One of them. */
    record Choice(List<Expression> options) implements Expression {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /** The same several times; {@code most} may be {@link #UNBOUNDED}. */
    record Repeat(Expression body, int least, int most) implements Expression {}

    /** Groups of items in order, with a separator between any two items. */
    record Listing(List<Item> items, Expression separator) implements Expression {
        public Listing {
            items = List.copyOf(items);
        }
    }

    /**
     * Items in order, each at most once and some of them left out, then any number of another, with
     * a separator between any two.
     *
     * @param once items that come at most once
     * @param rest what follows; null for nothing
     * @param least fewest of those that come at most once
     * @param most items in all, or {@link #UNBOUNDED}
     */
    record Counted(List<Item> once, @Nullable Item rest, Expression separator, int least, int most)
            implements Expression {
        public Counted {
            once = List.copyOf(once);
        }
    }

    /** A group of a {@link Listing}: a body that comes several times. */
    record Item(Expression body, int least, int most) {}

    /** What an automaton accepts. */
    record Machine(Dfa dfa, String place) implements Expression {}

    /** One after the other; parts that are always empty are left out. */
    static Expression joined(List<Expression> parts) {
        List<Expression> written = parts.stream().filter(part -> !part.equals(NOTHING)).toList();
        return written.size() == 1 ? written.getFirst() : new Sequence(written);
    }

    /** One of them; of several that are always empty, the first. */
    static Expression either(List<Expression> options) {
        List<Expression> different = new ArrayList<>();
        boolean mayBeEmpty = false;
        for (Expression option : options) {
            boolean isEmpty = option.equals(NOTHING);
            if (!isEmpty || !mayBeEmpty) {
                different.add(option);
            }
            mayBeEmpty |= isEmpty;
        }
        return different.size() == 1 ? different.getFirst() : new Choice(different);
    }

    /** The same several times; what is always empty stays so however often it comes. */
    static Expression repeated(Expression body, int least, int most) {
        if (most == 0 || body.equals(NOTHING)) {
            return NOTHING;
        }
        return least == 1 && most == 1 ? body : new Repeat(body, least, most);
    }

    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    static Expression choice(Expression... options) {
        return new Choice(List.of(options));
    }

    static Expression optional(Expression body) {
        return new Repeat(body, 0, 1);
    }

    /** Exactly this text. */
    static Expression text(String text, String place) {
        List<Expression> parts = new ArrayList<>();
        text.codePoints().forEach(c -> parts.add(new Characters(CharacterSet.of(c), place)));
        return new Sequence(parts);
    }
}
