package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Two automata run side by side: what both accept, or the first and not the second. */
final class Product {

    private static final int NUMBER_BYTES = 96; // of an entry of the map and its boxes

    private final Dfa left;
    private final Dfa right;
    private final boolean both;
    private final String place;
    private final CompilationBudget budget;
    private final Map<Long, Integer> numbers = new HashMap<>();
    private long[] pairs = new long[256];

    Product(Dfa left, Dfa right, boolean both, String place, CompilationBudget budget) {
        this.left = left;
        this.right = right;
        this.both = both;
        this.place = place;
        this.budget = budget;
    }

    Dfa run() throws ConstraintException {
        long before = budget.bytesHeld();
        Dfa smallest = smallest();
        budget.releaseTo(before);
        budget.hold(smallest.bytes());
        return smallest;
    }

    private Dfa smallest() throws ConstraintException {
        int[] classOf = new int[Dfa.BYTES];
        int[] byteOf = new int[Dfa.BYTES];
        int classes = joinClasses(classOf, byteOf);
        number(Dfa.START, Dfa.START);
        budget.hold(4L * 256 * classes);
        int[] table = new int[256 * classes];
        var accepting = new BitSet();
        for (int state = 0; state < numbers.size(); state++) {
            int a = (int) (pairs[state] >>> 32);
            int b = (int) pairs[state];
            boolean inRight = b != Dfa.DEAD && right.accepts(b);
            accepting.set(state, left.accepts(a) && inRight == both);
            if ((state + 1) * classes > table.length) {
                budget.hold(8L * table.length);
                table = Arrays.copyOf(table, table.length * 2);
                budget.release(2L * table.length);
            }
            budget.steps(classes);
            for (int c = 0; c < classes; c++) {
                int nextLeft = left.next(a, byteOf[c]);
                int nextRight = b == Dfa.DEAD ? Dfa.DEAD : right.next(b, byteOf[c]);
                boolean dead = nextLeft == Dfa.DEAD || (both && nextRight == Dfa.DEAD);
                table[state * classes + c] = dead ? Dfa.DEAD : number(nextLeft, nextRight);
            }
        }
        budget.hold(4L * numbers.size() * classes);
        int[] whole = Arrays.copyOf(table, numbers.size() * classes);
        return Dfa.smallest(classOf, whole, accepting, budget);
    }

    /** Bytes share a class when they do in both; {@code byteOf} gets one byte of each. */
    private int joinClasses(int[] classOf, int[] byteOf) {
        int count = 0;
        for (int value = 0; value < Dfa.BYTES; value++) {
            int same = 0;
            while (same < count && !alike(byteOf[same], value)) {
                same++;
            }
            classOf[value] = same;
            if (same == count) {
                byteOf[count++] = value;
            }
        }
        return count;
    }

    private boolean alike(int a, int b) {
        return left.classOf()[a] == left.classOf()[b] && right.classOf()[a] == right.classOf()[b];
    }

    private int number(int a, int b) throws ConstraintException {
        long pair = (long) a << 32 | (b & 0xFFFFFFFFL);
        Integer known = numbers.get(pair);
        if (known != null) {
            return known;
        }
        int number = numbers.size();
        if (number == Limits.STATES) {
            throw ConstraintException.tooLarge(
                    place,
                    "it is too large: its automaton needs more than " + Limits.STATES + " states");
        }
        budget.hold(NUMBER_BYTES);
        if (number == pairs.length) {
            budget.hold(8L * number);
            pairs = Arrays.copyOf(pairs, number * 2);
        }
        pairs[number] = pair;
        numbers.put(pair, number);
        return number;
    }
}
