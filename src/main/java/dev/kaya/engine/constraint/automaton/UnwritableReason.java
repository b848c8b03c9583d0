package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import org.jspecify.annotations.Nullable;

/**
 * The part of an expression for which there are no texts.
 *
 * @param place where it stands
 * @param missing a character that it needs; empty when no character would do
 */
public record UnwritableReason(String place, String missing) {

    /**
     * Finds what no text of some bytes can match.
     *
     * @param writable for every byte, whether there is a way to write it
     * @return null when there is nothing of the kind
     */
    public static @Nullable UnwritableReason find(
            Expression expression, boolean[] writable, CompilationBudget budget)
            throws ConstraintException {
        return new Search(writable, budget).find(expression);
    }

    /** One search, whose steps are counted. */
    private record Search(boolean[] writable, CompilationBudget budget) {

        private @Nullable UnwritableReason find(Expression expression) throws ConstraintException {
            budget.step();
            return switch (expression) {
                case Expression.Characters characters ->
                        canWrite(characters.set())
                                ? null
                                : new UnwritableReason(
                                        characters.place(), sample(characters.set()));
                case Expression.Sequence sequence -> first(sequence.parts());
                case Expression.Choice choice -> inAll(choice);
                case Expression.Repeat repeat -> repeat.least() == 0 ? null : find(repeat.body());
                case Expression.Listing listing -> inListing(listing);
                case Expression.Counted counted -> inCounted(counted);
                case Expression.Machine machine -> inMachine(machine);
            };
        }

        private @Nullable UnwritableReason first(Iterable<Expression> parts)
                throws ConstraintException {
            for (Expression part : parts) {
                UnwritableReason found = find(part);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private @Nullable UnwritableReason inAll(Expression.Choice choice)
                throws ConstraintException {
            UnwritableReason first = null;
            for (Expression option : choice.options()) {
                UnwritableReason found = find(option);
                if (found == null) {
                    return null;
                }
                first = first == null ? found : first;
            }
            return first;
        }

        private @Nullable UnwritableReason inListing(Expression.Listing listing)
                throws ConstraintException {
            int items = 0;
            for (Expression.Item item : listing.items()) {
                UnwritableReason found = item.least() == 0 ? null : find(item.body());
                if (found != null) {
                    return found;
                }
                items += item.least();
            }
            return items > 1 ? find(listing.separator()) : null;
        }

        private @Nullable UnwritableReason inCounted(Expression.Counted counted)
                throws ConstraintException {
            int items = 0;
            UnwritableReason first = null;
            for (Expression.Item item : counted.once()) {
                UnwritableReason found = find(item.body());
                if (found == null) {
                    items++;
                } else if (item.least() > 0) {
                    return found;
                } else {
                    first = first == null ? found : first;
                }
            }
            if (items < counted.least()) {
                return first;
            }
            return counted.least() > 1 ? find(counted.separator()) : null;
        }

        private @Nullable UnwritableReason inMachine(Expression.Machine machine)
                throws ConstraintException {
            Dfa dfa = machine.dfa();
            boolean[] seen = new boolean[dfa.states()];
            int[] stack = new int[dfa.states()];
            int depth = 1;
            seen[Dfa.START] = true;
            int missing = -1;
            while (depth > 0) {
                budget.steps(Dfa.BYTES);
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
            return new UnwritableReason(machine.place(), ascii ? Character.toString(missing) : "");
        }

        private static String sample(CharacterSet set) {
            return set.isEmpty() ? "" : Character.toString(set.low(0));
        }

        private boolean canWrite(CharacterSet set) throws ConstraintException {
            for (int i = 0; i < set.ranges(); i++) {
                int c = set.low(i);
                while (c <= set.high(i)) {
                    budget.step();
                    int next = nextWritable(c);
                    if (next == c) {
                        return true;
                    }
                    c = next;
                }
            }
            return false;
        }

        /** The character itself if it can be written, else the next that begins otherwise. */
        private int nextWritable(int character) {
            int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            for (int i = 0; i < length; i++) {
                if (!writable[Utf8Ranges.byteAt(character, length, i)]) {
                    int shift = 6 * (length - 1 - i);
                    return ((character >>> shift) + 1) << shift;
                }
            }
            return character;
        }
    }
}
