package dev.kaya.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A deterministic automaton over bytes whose every state can be reached and can still accept,
 * except that the start of one that accepts nothing stays. Bytes that behave alike in all states
 * share a class. Immutable and thread-safe.
 */
final class Dfa {

    static final int START = 0;

    /** In the place of a state: no way on. */
    static final int DEAD = -1;

    static final int BYTES = 256;

    private final int[] classOf;
    private final int classes;
    private final int[] table;
    private final BitSet accepting;

    /**
     * @param classOf the class of each byte, from 0
     * @param table the next state, or {@link #DEAD}, by state and class
     * @param accepting states where a text may end
     */
    private Dfa(int[] classOf, int[] table, BitSet accepting) {
        this.classOf = classOf;
        classes = Arrays.stream(classOf).max().orElseThrow() + 1;
        this.table = table;
        this.accepting = accepting;
    }

    /** The smallest automaton of an expression. */
    static Dfa of(Expression expression, String place) throws ConstraintException {
        return new Determiniser(Nfa.of(expression, place), place).run();
    }

    /**
     * The smallest automaton that accepts the same as a table; the start is state 0.
     *
     * @param classOf the class of each byte
     * @param table the next state by state and class
     * @param accepting where a text may end
     */
    static Dfa smallest(int[] classOf, int[] table, BitSet accepting) {
        Dfa trimmed = new Dfa(classOf, table, accepting).trimmed();
        int[] blocks = Minimiser.blocks(trimmed);
        int count = Arrays.stream(blocks).max().orElse(0) + 1;
        return trimmed.mapped(blocks, count).withFewestClasses();
    }

    int states() {
        return table.length / classes;
    }

    int classes() {
        return classes;
    }

    /** The class of each byte; not to be changed. */
    int[] classOf() {
        return classOf;
    }

    /** Next states by state and class; not to be changed. */
    int[] table() {
        return table;
    }

    boolean accepts(int state) {
        return accepting.get(state);
    }

    /** Where a byte (0–255) leads. */
    int next(int state, int value) {
        return table[state * classes + classOf[value]];
    }

    /** Where bytes lead. */
    int next(int state, byte[] bytes) {
        int at = state;
        for (int i = 0; i < bytes.length && at != DEAD; i++) {
            at = next(at, bytes[i] & 0xFF);
        }
        return at;
    }

    /** Whether a whole text is accepted. */
    boolean accepts(String text) {
        int at = next(START, text.getBytes(StandardCharsets.UTF_8));
        return at != DEAD && accepts(at);
    }

    /** Whether nothing is accepted. */
    boolean isEmpty() {
        return accepting.isEmpty();
    }

    /** What both accept. */
    Dfa and(Dfa other, String place) throws ConstraintException {
        return new Product(this, other, true, place).run();
    }

    /** What this accepts and the other does not. */
    Dfa without(Dfa other, String place) throws ConstraintException {
        return new Product(this, other, false, place).run();
    }

    /** Without states that cannot be reached, or cannot accept any more. */
    private Dfa trimmed() {
        BitSet useful = reachable();
        useful.and(living());
        int[] numbers = new int[states()];
        int count = 0;
        for (int state = 0; state < numbers.length; state++) {
            numbers[state] = useful.get(state) || state == START ? count++ : DEAD;
        }
        return mapped(numbers, count);
    }

    private BitSet reachable() {
        var reached = new BitSet();
        var queue = new ArrayDeque<Integer>();
        reached.set(START);
        queue.add(START);
        while (!queue.isEmpty()) {
            int row = queue.remove() * classes;
            for (int i = row; i < row + classes; i++) {
                if (table[i] != DEAD && !reached.get(table[i])) {
                    reached.set(table[i]);
                    queue.add(table[i]);
                }
            }
        }
        return reached;
    }

    /** States from which an accepting one can be reached. */
    private BitSet living() {
        int[] first = new int[states()];
        int[] next = new int[table.length];
        Arrays.fill(first, DEAD);
        for (int i = 0; i < table.length; i++) {
            if (table[i] != DEAD) {
                next[i] = first[table[i]];
                first[table[i]] = i;
            }
        }
        var living = (BitSet) accepting.clone();
        var queue = new ArrayDeque<Integer>();
        accepting.stream().forEach(queue::add);
        while (!queue.isEmpty()) {
            for (int i = first[queue.remove()]; i != DEAD; i = next[i]) {
                int source = i / classes;
                if (!living.get(source)) {
                    living.set(source);
                    queue.add(source);
                }
            }
        }
        return living;
    }

    /** With other numbers for states; those with the same become one, those without go. */
    private Dfa mapped(int[] numbers, int count) {
        int[] mapped = new int[count * classes];
        Arrays.fill(mapped, DEAD);
        var accepts = new BitSet();
        for (int state = 0; state < numbers.length; state++) {
            if (numbers[state] == DEAD) {
                continue;
            }
            accepts.set(numbers[state], accepts.get(numbers[state]) || accepts(state));
            for (int c = 0; c < classes; c++) {
                int target = table[state * classes + c];
                int number = target == DEAD ? DEAD : numbers[target];
                if (number != DEAD) {
                    mapped[numbers[state] * classes + c] = number;
                }
            }
        }
        return new Dfa(classOf, mapped, accepts);
    }

    /** Joins classes that have come to behave alike. */
    private Dfa withFewestClasses() {
        int states = states();
        int[] joined = new int[classes];
        int[] kept = new int[classes];
        int count = 0;
        for (int c = 0; c < classes; c++) {
            int same = 0;
            while (same < count && !sameColumn(kept[same], c, states)) {
                same++;
            }
            joined[c] = same;
            if (same == count) {
                kept[count++] = c;
            }
        }
        int[] smaller = new int[states * count];
        for (int i = 0; i < smaller.length; i++) {
            smaller[i] = table[i / count * classes + kept[i % count]];
        }
        int[] newClassOf = Arrays.stream(classOf).map(c -> joined[c]).toArray();
        return new Dfa(newClassOf, smaller, accepting);
    }

    private boolean sameColumn(int a, int b, int states) {
        for (int state = 0; state < states; state++) {
            if (table[state * classes + a] != table[state * classes + b]) {
                return false;
            }
        }
        return true;
    }
}
