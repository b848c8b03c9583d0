package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a deterministic automaton of a nondeterministic one: each of its states is the set of all
 * states that the other may be in (Rabin and Scott 1959).
 */
final class Determiniser {

    private static final int SET_BYTES = 128; // of a set's key, an entry of a map and its box
    private static final long MOST_TARGET_BYTES = 8 << 20;

    private final Nfa nfa;
    private final String place;
    private final CompilationBudget budget;
    private final int[] classOf = new int[Dfa.BYTES];
    private final int classes;
    private final Map<Key, Integer> numbers = new HashMap<>();
    private final Map<Key, Integer> numbersByTargets = new HashMap<>();
    private final List<int[]> sets = new ArrayList<>();
    private final BitSet accepting = new BitSet();
    private final int[] stamps;
    private int stamp;
    private int[] stack = new int[64];
    private long targetBytes;
    private final int[][] targets;
    private final int[] targetCounts;

    /** A set of states, sorted. */
    private record Key(int[] states) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(states, key.states);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    /**
     * @param place for the message when it gets too large
     * @param budget that holds the automaton, and what is made here until there is a result
     */
    Determiniser(Nfa nfa, String place, CompilationBudget budget) throws ConstraintException {
        this.nfa = nfa;
        this.place = place;
        this.budget = budget;
        budget.hold(4L * nfa.states());
        stamps = new int[nfa.states()];
        classes = findClasses();
        targets = new int[classes][8];
        targetCounts = new int[classes];
    }

    /** Bytes share a class when no edge tells them apart; classes are in the order of bytes. */
    private int findClasses() throws ConstraintException {
        var begins = new BitSet(Dfa.BYTES + 1);
        for (int state = 0; state < nfa.states(); state++) {
            budget.step();
            for (int e = nfa.firstEdge(state); e >= 0; e = nfa.nextEdge(e)) {
                budget.step();
                begins.set(nfa.low(e));
                begins.set(nfa.high(e) + 1);
            }
        }
        int last = 0;
        for (int value = 1; value < Dfa.BYTES; value++) {
            classOf[value] = begins.get(value) ? ++last : last;
        }
        return last + 1;
    }

    /** An automaton with states that others may stand for. */
    Dfa run() throws ConstraintException {
        number(new int[] {Nfa.START}, 1);
        budget.hold(4L * 1024 * classes);
        int[] table = new int[1024 * classes];
        for (int state = 0; state < sets.size(); state++) {
            if ((long) sets.size() * classes > Limits.TRANSITIONS) {
                throw tooLarge("transitions", Limits.TRANSITIONS);
            }
            collect(sets.get(state));
            int row = state * classes;
            if (row + classes > table.length) {
                budget.hold(8L * table.length);
                table = Arrays.copyOf(table, table.length * 2);
                budget.release(2L * table.length);
            }
            budget.steps(classes);
            for (int c = 0; c < classes; c++) {
                int count = targetCounts[c];
                table[row + c] = count == 0 ? Dfa.DEAD : number(targets[c], count);
            }
        }
        budget.hold(4L * sets.size() * classes);
        return Dfa.of(classOf, Arrays.copyOf(table, sets.size() * classes), accepting);
    }

    /** Where the states of a set lead, by classes. */
    private void collect(int[] set) throws ConstraintException {
        Arrays.fill(targetCounts, 0);
        int steps = set.length;
        for (int state : set) {
            for (int e = nfa.firstEdge(state); e >= 0; e = nfa.nextEdge(e)) {
                steps += 1 + classOf[nfa.high(e)] - classOf[nfa.low(e)];
                for (int c = classOf[nfa.low(e)]; c <= classOf[nfa.high(e)]; c++) {
                    if (targetCounts[c] == targets[c].length) {
                        budget.hold(4L * targetCounts[c]);
                        targets[c] = Arrays.copyOf(targets[c], targetCounts[c] * 2);
                    }
                    targets[c][targetCounts[c]++] = nfa.target(e);
                }
            }
        }
        budget.steps(steps); // of one set: no more than memory has room for
    }

    /** The number of the set that jumps make of some states. */
    private int number(int[] states, int count) throws ConstraintException {
        budget.steps(count);
        int[] sorted = Arrays.copyOf(states, count);
        Arrays.sort(sorted);
        var targetsKey = new Key(sorted);
        Integer known = numbersByTargets.get(targetsKey);
        if (known == null) {
            int[] closure = closure(sorted);
            known = numbers.get(new Key(closure));
            if (known == null) {
                known = add(closure);
            }
            remember(targetsKey, known);
        }
        return known;
    }

    /** What is remembered only saves time; where there is too much of it, it is forgotten. */
    private void remember(Key targetsKey, int number) throws ConstraintException {
        long bytes = SET_BYTES + 4L * targetsKey.states().length;
        if (targetBytes + bytes > MOST_TARGET_BYTES) {
            numbersByTargets.clear();
            budget.release(targetBytes);
            targetBytes = 0;
        }
        targetBytes += bytes;
        budget.hold(bytes);
        numbersByTargets.put(targetsKey, number);
    }

    private int add(int[] closure) throws ConstraintException {
        int number = sets.size();
        budget.hold(SET_BYTES + 4L * closure.length);
        if (number == Limits.STATES) {
            throw tooLarge("states", Limits.STATES);
        }
        sets.add(closure);
        numbers.put(new Key(closure), number);
        for (int state : closure) {
            if (state == nfa.end()) {
                accepting.set(number);
            }
        }
        return number;
    }

    private ConstraintException tooLarge(String what, int limit) {
        return ConstraintException.tooLarge(
                place, "it is too large: its automaton needs more than " + limit + " " + what);
    }

    /** All that jumps lead to, of which only states that read a byte, or accept, count. */
    private int[] closure(int[] states) throws ConstraintException {
        stamp++;
        int[] found = new int[Math.max(8, states.length)];
        int size = 0;
        int depth = 0;
        for (int state : states) {
            depth = push(state, depth);
        }
        int steps = size;
        while (depth > 0) {
            steps++;
            int state = stack[--depth];
            if (nfa.firstEdge(state) >= 0 || state == nfa.end()) {
                if (size == found.length) {
                    found = Arrays.copyOf(found, size * 2);
                }
                found[size++] = state;
            }
            for (int j = nfa.firstJump(state); j >= 0; j = nfa.nextJump(j)) {
                steps++;
                depth = push(nfa.jumpTarget(j), depth);
            }
        }
        int[] closure = Arrays.copyOf(found, size);
        budget.steps((long) steps + size); // of one closure: at most all states and jumps
        Arrays.sort(closure);
        return closure;
    }

    private int push(int state, int depth) throws ConstraintException {
        if (stamps[state] == stamp) {
            return depth;
        }
        stamps[state] = stamp;
        if (depth == stack.length) {
            budget.hold(4L * depth);
            stack = Arrays.copyOf(stack, depth * 2);
        }
        stack[depth] = state;
        return depth + 1;
    }
}
