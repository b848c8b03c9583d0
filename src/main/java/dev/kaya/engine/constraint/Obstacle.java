package dev.kaya.engine.constraint;

import org.jspecify.annotations.Nullable;

/**
 * The part of an expression for which there are no texts.
 *
 * @param place where it stands
 * @param missing a character that it needs; empty when no character would do
 */
record Obstacle(String place, String missing) {

    /**
     * Finds what no text of some bytes can match.
     *
     * @param writable for every byte, whether there is a way to write it
     * @return null when there is nothing of the kind
     */
    static @Nullable Obstacle find(Expression expression, boolean[] writable) {
        return switch (expression) {
            case Expression.Characters characters ->
                    canWrite(characters.set(), writable)
                            ? null
                            : new Obstacle(characters.place(), first(characters.set()));
            case Expression.Sequence sequence -> first(sequence.parts(), writable);
            case Expression.Choice choice -> inAll(choice, writable);
            case Expression.Repeat repeat ->
                    repeat.least() == 0 ? null : find(repeat.body(), writable);
            case Expression.Listing listing -> inListing(listing, writable);
            case Expression.Machine machine -> inMachine(machine, writable);
        };
    }

    private static @Nullable Obstacle first(Iterable<Expression> parts, boolean[] writable) {
        for (Expression part : parts) {
            Obstacle found = find(part, writable);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static @Nullable Obstacle inAll(Expression.Choice choice, boolean[] writable) {
        Obstacle first = null;
        for (Expression option : choice.options()) {
            Obstacle found = find(option, writable);
            if (found == null) {
                return null;
            }
            first = first == null ? found : first;
        }
        return first;
    }

    private static @Nullable Obstacle inListing(Expression.Listing listing, boolean[] writable) {
        int items = 0;
        for (Expression.Item item : listing.items()) {
            Obstacle found = item.least() == 0 ? null : find(item.body(), writable);
            if (found != null) {
                return found;
            }
            items += item.least();
        }
        return items > 1 ? find(listing.separator(), writable) : null;
    }

    private static @Nullable Obstacle inMachine(Expression.Machine machine, boolean[] writable) {
        Dfa dfa = machine.dfa();
        boolean[] seen = new boolean[dfa.states()];
        int[] stack = new int[dfa.states()];
        int depth = 1;
        seen[Dfa.START] = true;
        int missing = -1;
        while (depth > 0) {
            int state = stack[--depth];
            if (dfa.accepts(state)) {
                return null;
            }
            for (int value = 0; value < Dfa.BYTES; value++) {
                int next = dfa.next(state, value);
                if (next != Dfa.DEAD && !writable[value]) {
                    missing = missing < 0 ? value : missing;
                } else if (next != Dfa.DEAD && !seen[next]) {
                    seen[next] = true;
                    stack[depth++] = next;
                }
            }
        }
        boolean ascii = missing >= 0 && missing < 0x80;
        return new Obstacle(machine.place(), ascii ? Character.toString(missing) : "");
    }

    private static String first(CharacterSet set) {
        return set.isEmpty() ? "" : Character.toString(set.low(0));
    }

    private static boolean canWrite(CharacterSet set, boolean[] writable) {
        for (int i = 0; i < set.ranges(); i++) {
            for (int c = set.low(i); c <= set.high(i); c++) {
                if (canWrite(c, writable)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean canWrite(int character, boolean[] writable) {
        int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
        for (int i = 0; i < length; i++) {
            if (!writable[Utf8Ranges.byteAt(character, length, i)]) {
                return false;
            }
        }
        return true;
    }
}
