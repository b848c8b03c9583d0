package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A deterministic automaton over bytes whose every state can be reached and can still accept,
 * except that the start of one that accepts nothing stays. Bytes that behave alike in all states
 * share a class. Immutable and thread-safe.
 */
public final class Dfa {

    public static final int START = 0;

    /** In the place of a state: no way on. */
    public static final int DEAD = -1;

    public static final int BYTES = 256;

    private static final int OBJECT_BYTES = 4 * BYTES + 128;

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
    public static Dfa of(Expression expression, String place, CompilationBudget budget)
            throws ConstraintException {
        long before = budget.bytesHeld();
        Dfa dfa = determined(expression, place, budget);
        budget.releaseTo(before);
        budget.hold(dfa.bytes());
        Dfa smallest = dfa.smallest(budget);
        budget.releaseTo(before);
        budget.hold(smallest.bytes());
        return smallest;
    }

    private static Dfa determined(Expression expression, String place, CompilationBudget budget)
            throws ConstraintException {
        return new Determiniser(Nfa.of(expression, place, budget), place, budget).run();
    }

    /** An automaton as it is, with states that may be of no use. */
    public static Dfa of(int[] classOf, int[] table, BitSet accepting) {
        return new Dfa(classOf, table, accepting);
    }

    /**
     * The smallest automaton that accepts the same as a table; the start is state 0.
     *
     * @param classOf the class of each byte
     * @param table the next state by state and class
     * @param accepting where a text may end
     * @param budget that holds the table
     */
    public static Dfa smallest(
            int[] classOf, int[] table, BitSet accepting, CompilationBudget budget)
            throws ConstraintException {
        return new Dfa(classOf, table, accepting).smallest(budget);
    }

    private Dfa smallest(CompilationBudget budget) throws ConstraintException {
        Dfa trimmed = trimmed(budget);
        int[] blocks = Minimiser.blocks(trimmed, budget);
        int count = Arrays.stream(blocks).max().orElse(0) + 1;
        return trimmed.mapped(blocks, count, budget).withFewestClasses(budget);
    }

    /** Bytes that it takes. */
    public long bytes() {
        return OBJECT_BYTES + 4L * table.length + accepting.size() / 8;
    }

    public int states() {
        return table.length / classes;
    }

    public int classes() {
        return classes;
    }

    /** The class of each byte; not to be changed. */
    public int[] classOf() {
        return classOf;
    }

    /** Next states by state and class; not to be changed. */
    public int[] table() {
        return table;
    }

    public boolean accepts(int state) {
        return accepting.get(state);
    }

    /** Where a byte (0–255) leads. */
    public int next(int state, int value) {
        return table[state * classes + classOf[value]];
    }

    /** Where bytes lead. */
    public int next(int state, byte[] bytes) {
        int at = state;
        for (int i = 0; i < bytes.length && at != DEAD; i++) {
            at = next(at, bytes[i] & 0xFF);
        }
        return at;
    }

    /** Whether a whole text is accepted. */
    public boolean accepts(String text) {
        int at = next(START, text.getBytes(StandardCharsets.UTF_8));
        return at != DEAD && accepts(at);
    }

    /** Whether nothing is accepted. */
    public boolean isEmpty() {
        return accepting.isEmpty();
    }

    /** What both accept. */
    public Dfa and(Dfa other, String place, CompilationBudget budget) throws ConstraintException {
        return new Product(this, other, true, place, budget).run();
    }

    /** What this accepts and the other does not. */
    public Dfa without(Dfa other, String place, CompilationBudget budget)
            throws ConstraintException {
        return new Product(this, other, false, place, budget).run();
    }

    /** Without states that cannot be reached, or cannot accept any more. */
    private Dfa trimmed(CompilationBudget budget) throws ConstraintException {
        budget.hold(8L * states());
        BitSet useful = reachable(budget);
        useful.and(living(budget));
        int[] numbers = new int[states()];
        int count = 0;
        for (int state = 0; state < numbers.length; state++) {
            numbers[state] = useful.get(state) || state == START ? count++ : DEAD;
        }
        return mapped(numbers, count, budget);
    }

    private BitSet reachable(CompilationBudget budget) throws ConstraintException {
        var reached = new BitSet();
        int[] stack = new int[states()];
        int depth = 1;
        reached.set(START);
        while (depth > 0) {
            int row = stack[--depth] * classes;
            budget.steps(classes);
            for (int i = row; i < row + classes; i++) {
                if (table[i] != DEAD && !reached.get(table[i])) {
                    reached.set(table[i]);
                    stack[depth++] = table[i];
                }
            }
        }
        return reached;
    }

    /** States from which an accepting one can be reached. */
    private BitSet living(CompilationBudget budget) throws ConstraintException {
        long bytes = 8L * states() + 4L * table.length;
        budget.hold(bytes);
        budget.steps(table.length);
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
        int[] stack = Arrays.copyOf(living.stream().toArray(), states());
        int depth = living.cardinality();
        budget.steps(table.length); // each transition once
        while (depth > 0) {
            for (int i = first[stack[--depth]]; i != DEAD; i = next[i]) {
                int source = i / classes;
                if (!living.get(source)) {
                    living.set(source);
                    stack[depth++] = source;
                }
            }
        }
        budget.release(bytes);
        return living;
    }

    /** With other numbers for states; those with the same become one, those without go. */
    private Dfa mapped(int[] numbers, int count, CompilationBudget budget)
            throws ConstraintException {
        budget.hold(4L * count * classes);
        budget.steps(table.length);
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
    private Dfa withFewestClasses(CompilationBudget budget) throws ConstraintException {
        int states = states();
        int[] joined = new int[classes];
        int[] kept = new int[classes];
        int count = 0;
        for (int c = 0; c < classes; c++) {
            int same = 0;
            while (same < count && !sameColumn(kept[same], c, states, budget)) {
                same++;
            }
            joined[c] = same;
            if (same == count) {
                kept[count++] = c;
            }
        }
        budget.hold(4L * states * count);
        budget.steps((long) states * count);
        int[] smaller = new int[states * count];
        for (int i = 0; i < smaller.length; i++) {
            smaller[i] = table[i / count * classes + kept[i % count]];
        }
        int[] newClassOf = Arrays.stream(classOf).map(c -> joined[c]).toArray();
        return new Dfa(newClassOf, smaller, accepting);
    }

    private boolean sameColumn(int a, int b, int states, CompilationBudget budget)
            throws ConstraintException {
        int state = 0;
        while (state < states && table[state * classes + a] == table[state * classes + b]) {
            state++;
        }
        budget.steps(state + 1L);
        return state == states;
    }
}
