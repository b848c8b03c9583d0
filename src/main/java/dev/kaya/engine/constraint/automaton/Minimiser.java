package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import java.util.Arrays;

/**
 * Finds the states of an automaton that no text tells apart, by refining partitions of states and
 * of transitions in turn, in time m log n (Valmari and Lehtinen, "Efficient minimization of DFAs
 * with partial transition functions", STACS 2008).
 */
final class Minimiser {

    private static final long STATE_BYTES = 4 * (7 + 3);
    private static final long TRANSITION_BYTES = 4 * (7 + 4);

    private Minimiser() {}

    /**
     * The block of each state; the start's is 0.
     *
     * @param dfa whose states can all be reached and can all accept, unless it is empty
     */
    static int[] blocks(Dfa dfa, CompilationBudget budget) throws ConstraintException {
        int states = dfa.states();
        int transitions = transitions(dfa, budget);
        long bytes = STATE_BYTES * states + TRANSITION_BYTES * transitions;
        budget.hold(bytes);
        int[] blocks = blocks(dfa, transitions, budget);
        budget.release(bytes);
        return blocks;
    }

    private static int transitions(Dfa dfa, CompilationBudget budget) throws ConstraintException {
        budget.steps(dfa.table().length);
        int count = 0;
        for (int target : dfa.table()) {
            count += target == Dfa.DEAD ? 0 : 1;
        }
        return count;
    }

    private static int[] blocks(Dfa dfa, int transitions, CompilationBudget budget)
            throws ConstraintException {
        budget.steps(dfa.table().length + 4L * transitions); // the passes that are not loops below
        int states = dfa.states();
        int[] from = new int[transitions];
        int[] to = new int[transitions];
        int[] label = new int[transitions];
        int count = 0;
        for (int c = 0; c < dfa.classes(); c++) {
            for (int state = 0; state < states; state++) {
                int target = dfa.table()[state * dfa.classes() + c];
                if (target != Dfa.DEAD) {
                    from[count] = state;
                    to[count] = target;
                    label[count++] = c;
                }
            }
        }
        var blocks = new Partition(states, budget);
        for (int state = 0; state < states; state++) {
            if (dfa.accepts(state)) {
                blocks.mark(state);
            }
        }
        blocks.split();
        var cords = new Partition(count, budget);
        cords.groupBy(label);
        refine(blocks, cords, from, incoming(to, count, states));
        return startFirst(blocks.setOf);
    }

    /** Transitions by their targets: offsets by state, then the transitions. */
    private static int[][] incoming(int[] to, int count, int states) {
        int[] offsets = new int[states + 1];
        for (int t = 0; t < count; t++) {
            offsets[to[t] + 1]++;
        }
        for (int state = 0; state < states; state++) {
            offsets[state + 1] += offsets[state];
        }
        int[] transitions = new int[count];
        int[] filled = Arrays.copyOf(offsets, states);
        for (int t = 0; t < count; t++) {
            transitions[filled[to[t]]++] = t;
        }
        return new int[][] {offsets, transitions};
    }

    private static void refine(Partition blocks, Partition cords, int[] from, int[][] incoming)
            throws ConstraintException {
        CompilationBudget budget = blocks.budget;
        int block = 1;
        for (int cord = 0; cord < cords.sets; cord++) {
            budget.steps(cords.past[cord] - cords.first[cord]);
            for (int i = cords.first[cord]; i < cords.past[cord]; i++) {
                blocks.mark(from[cords.elements[i]]);
            }
            blocks.split();
            for (; block < blocks.sets; block++) {
                for (int i = blocks.first[block]; i < blocks.past[block]; i++) {
                    int state = blocks.elements[i];
                    budget.steps(1L + incoming[0][state + 1] - incoming[0][state]);
                    for (int j = incoming[0][state]; j < incoming[0][state + 1]; j++) {
                        cords.mark(incoming[1][j]);
                    }
                }
                cords.split();
            }
        }
    }

    private static int[] startFirst(int[] setOf) {
        int start = setOf[Dfa.START];
        int[] blocks = new int[setOf.length];
        for (int state = 0; state < blocks.length; state++) {
            int block = setOf[state];
            blocks[state] = block == start ? 0 : block == 0 ? start : block;
        }
        return blocks;
    }

    /** Elements in sets that are split by marking some of their elements. */
    private static final class Partition {
        private final int[] elements;
        private final int[] locations;
        private final int[] setOf;
        private final int[] first;
        private final int[] past;
        private final int[] marked;
        private final int[] touched;
        private int touchedCount;
        private final CompilationBudget budget;
        private int sets;

        /** All in one set. */
        Partition(int size, CompilationBudget budget) {
            this.budget = budget;
            elements = new int[size];
            locations = new int[size];
            setOf = new int[size];
            first = new int[size + 1];
            past = new int[size + 1];
            marked = new int[size + 1];
            touched = new int[size + 1];
            for (int i = 0; i < size; i++) {
                elements[i] = i;
                locations[i] = i;
            }
            past[0] = size;
            sets = size == 0 ? 0 : 1;
        }

        /** One set for each label, by which the elements are sorted. */
        void groupBy(int[] label) {
            sets = 0;
            for (int i = 0; i < elements.length; i++) {
                if (i == 0 || label[i] != label[i - 1]) {
                    first[sets++] = i;
                }
                past[sets - 1] = i + 1;
                setOf[i] = sets - 1;
            }
        }

        void mark(int element) {
            int set = setOf[element];
            int at = locations[element];
            int to = first[set] + marked[set];
            if (at < to) {
                return; // marked before
            }
            elements[at] = elements[to];
            locations[elements[at]] = at;
            elements[to] = element;
            locations[element] = to;
            if (marked[set]++ == 0) {
                touched[touchedCount++] = set;
            }
        }

        /** The smaller part of each set that has marked elements and others becomes a new set. */
        void split() throws ConstraintException {
            budget.steps(touchedCount);
            while (touchedCount > 0) {
                int set = touched[--touchedCount];
                int middle = first[set] + marked[set];
                if (middle < past[set]) {
                    if (marked[set] <= past[set] - middle) {
                        first[sets] = first[set];
                        past[sets] = middle;
                        first[set] = middle;
                    } else {
                        first[sets] = middle;
                        past[sets] = past[set];
                        past[set] = middle;
                    }
                    budget.steps(past[sets] - first[sets]);
                    for (int i = first[sets]; i < past[sets]; i++) {
                        setOf[elements[i]] = sets;
                    }
                    sets++;
                }
                marked[set] = 0;
            }
        }
    }
}
