package dev.kaya.engine.constraint.automaton;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import java.util.Arrays;

/**
 * A nondeterministic automaton over bytes that grows: state 0 is the start, edges carry ranges of
 * bytes or nothing. Its expressions are added one after the other; one thread's.
 */
final class Nfa {

    static final int START = 0;
    private static final int NONE = -1;

    private final String place;
    private final CompilationBudget budget;
    private int[] firstEdge = new int[256];
    private int[] firstJump = new int[256];
    private int states = 1;
    private int[] edges = new int[1024]; // low | high << 8, target, next edge
    private int edgeSize;
    private int[] jumps = new int[512]; // target, next jump
    private int jumpSize;
    private int end;

    private Nfa(String place, CompilationBudget budget) {
        this.place = place;
        this.budget = budget;
        firstEdge[START] = NONE;
        firstJump[START] = NONE;
    }

    /**
     * The automaton of an expression.
     *
     * @param place for the message when it is too large
     * @param budget that its arrays are held in from now on
     */
    static Nfa of(Expression expression, String place, CompilationBudget budget)
            throws ConstraintException {
        var nfa = new Nfa(place, budget);
        nfa.end = nfa.add(expression, START);
        return nfa;
    }

    int states() {
        return states;
    }

    /** The one state that accepts. */
    int end() {
        return end;
    }

    /** The first edge of a state, or −1. */
    int firstEdge(int state) {
        return firstEdge[state];
    }

    /** The edge after another, or −1. */
    int nextEdge(int edge) {
        return edges[edge + 2];
    }

    int low(int edge) {
        return edges[edge] & 0xFF;
    }

    int high(int edge) {
        return edges[edge] >>> 8;
    }

    int target(int edge) {
        return edges[edge + 1];
    }

    /** The first jump, an edge without a byte, or −1. */
    int firstJump(int state) {
        return firstJump[state];
    }

    int nextJump(int jump) {
        return jumps[jump + 1];
    }

    int jumpTarget(int jump) {
        return jumps[jump];
    }

    /** A new state. */
    int state() throws ConstraintException {
        budget.step();
        if (states == Limits.NFA_STATES) {
            throw ConstraintException.tooLarge(
                    place, "it is too large: it needs more than " + states + " states");
        }
        if (states == firstEdge.length) {
            firstEdge = grown(firstEdge);
            firstJump = grown(firstJump);
        }
        firstEdge[states] = NONE;
        firstJump[states] = NONE;
        return states++;
    }

    void edge(int from, int low, int high, int to) throws ConstraintException {
        budget.step();
        if (edgeSize + 3 > edges.length) {
            edges = grown(edges);
        }
        edges[edgeSize] = low | high << 8;
        edges[edgeSize + 1] = to;
        edges[edgeSize + 2] = firstEdge[from];
        firstEdge[from] = edgeSize;
        edgeSize += 3;
    }

    void jump(int from, int to) throws ConstraintException {
        budget.step();
        if (jumpSize == jumps.length) {
            jumps = grown(jumps);
        }
        jumps[jumpSize] = to;
        jumps[jumpSize + 1] = firstJump[from];
        firstJump[from] = jumpSize;
        jumpSize += 2;
    }

    /** Twice as long; both arrays are there while one is copied into the other. */
    private int[] grown(int[] array) throws ConstraintException {
        budget.hold(8L * array.length);
        int[] longer = Arrays.copyOf(array, array.length * 2);
        budget.release(4L * array.length);
        return longer;
    }

    /** Adds an expression that begins in a state to which nothing of it leads back. */
    private int add(Expression expression, int from) throws ConstraintException {
        budget.step(); // also for what takes no state
        budget.enter();
        int to = addInside(expression, from);
        budget.leave();
        return to;
    }

    private int addInside(Expression expression, int from) throws ConstraintException {
        return switch (expression) {
            case Expression.Characters characters -> {
                int to = state();
                Utf8Ranges.add(this, characters.set(), from, to);
                yield to;
            }
            case Expression.Sequence sequence -> {
                int at = from;
                for (Expression part : sequence.parts()) {
                    at = add(part, at);
                }
                yield at;
            }
            case Expression.Choice choice -> {
                int to = state();
                for (Expression option : choice.options()) {
                    jump(add(option, from), to);
                }
                yield to;
            }
            case Expression.Repeat repeat -> addRepeat(repeat, from);
            case Expression.Listing listing -> addListing(listing, from);
            case Expression.Counted counted -> addCounted(counted, from);
            case Expression.Machine machine -> addMachine(machine.dfa(), from);
        };
    }

    private int addRepeat(Expression.Repeat repeat, int from) throws ConstraintException {
        int at = from;
        for (int i = 0; i < repeat.least(); i++) {
            at = add(repeat.body(), at);
        }
        if (repeat.most() == Expression.UNBOUNDED) {
            int loop = state();
            jump(at, loop);
            jump(add(repeat.body(), loop), loop);
            int to = state();
            jump(loop, to);
            return to;
        }
        int to = state();
        for (int i = repeat.least(); i < repeat.most(); i++) {
            jump(at, to);
            at = add(repeat.body(), at);
        }
        jump(at, to);
        return to;
    }

    /**
     * Two states stand between any two groups: one where nothing was written yet, and one where a
     * separator must come before the next item.
     */
    private int addListing(Expression.Listing listing, int from) throws ConstraintException {
        int fresh = from;
        int written = NONE;
        for (Expression.Item item : listing.items()) {
            int begin = state();
            int after = state();
            if (fresh != NONE) {
                jump(fresh, begin);
            }
            if (written != NONE) {
                jump(add(listing.separator(), written), begin);
            }
            addItems(item, listing.separator(), begin, after);
            if (item.least() == 0) {
                if (written != NONE) {
                    jump(written, after);
                }
            } else {
                fresh = NONE;
            }
            written = after;
        }
        int to = state();
        if (fresh != NONE) {
            jump(fresh, to);
        }
        if (written != NONE) {
            jump(written, to);
        }
        return to;
    }

    private void addItems(Expression.Item item, Expression separator, int begin, int after)
            throws ConstraintException {
        boolean unbounded = item.most() == Expression.UNBOUNDED;
        int last = unbounded ? Math.max(1, item.least()) : item.most();
        int at = begin;
        for (int count = 1; count <= last; count++) {
            int end = add(item.body(), at);
            if (count >= item.least()) {
                jump(end, after);
            }
            if (count < last) {
                int next = state();
                jump(add(separator, end), next);
                at = next;
            } else if (unbounded) {
                jump(add(separator, end), at);
            }
        }
    }

    /** There is a state for every count of items that were written before the next one. */
    private int addCounted(Expression.Counted counted, int from) throws ConstraintException {
        boolean bounded = counted.most() != Expression.UNBOUNDED;
        int last = bounded ? counted.most() : Math.max(1, counted.least());
        int[] at = new int[last + 1];
        Arrays.fill(at, NONE);
        at[0] = from;
        int left = counted.once().size();
        for (Expression.Item item : counted.once()) {
            left--;
            int[] next = new int[last + 1];
            Arrays.fill(next, NONE);
            for (int count = 0; count <= last; count++) {
                budget.step();
                if (at[count] == NONE) {
                    continue;
                }
                if (item.least() == 0 && count + left >= counted.least()) {
                    next[count] = jumpTo(next[count], at[count]);
                }
                if (count < last || !bounded) {
                    int to = Math.min(count + 1, last);
                    int end = addCountedItem(item, counted.separator(), count, at[count]);
                    next[to] = jumpTo(next[to], end);
                }
            }
            at = next;
        }
        return addRest(counted, at);
    }

    /** A state to which another jumps; a new one in the place of none. */
    private int jumpTo(int known, int from) throws ConstraintException {
        int to = known == NONE ? state() : known;
        jump(from, to);
        return to;
    }

    private int addCountedItem(Expression.Item item, Expression separator, int count, int from)
            throws ConstraintException {
        return add(item.body(), count == 0 ? from : add(separator, from));
    }

    private int addRest(Expression.Counted counted, int[] at) throws ConstraintException {
        int to = state();
        boolean bounded = counted.most() != Expression.UNBOUNDED;
        Expression.Item rest = counted.rest();
        int last = at.length - 1;
        for (int count = counted.least(); count <= last; count++) {
            if (at[count] == NONE) {
                continue;
            }
            jump(at[count], to);
            if (rest != null && (count < last || !bounded)) {
                int next = Math.min(count + 1, last);
                int end = addCountedItem(rest, counted.separator(), count, at[count]);
                at[next] = jumpTo(at[next], end);
            }
        }
        return to;
    }

    private int addMachine(Dfa dfa, int from) throws ConstraintException {
        budget.hold(4L * dfa.states());
        int[] copies = new int[dfa.states()];
        for (int i = 0; i < copies.length; i++) {
            copies[i] = state();
        }
        int to = state();
        jump(from, copies[Dfa.START]);
        for (int i = 0; i < copies.length; i++) {
            addRow(dfa, i, copies);
            if (dfa.accepts(i)) {
                jump(copies[i], to);
            }
        }
        budget.release(4L * copies.length);
        return to;
    }

    private void addRow(Dfa dfa, int state, int[] copies) throws ConstraintException {
        budget.steps(Dfa.BYTES);
        int low = 0;
        while (low < Dfa.BYTES) {
            int target = dfa.next(state, low);
            int high = low;
            while (high + 1 < Dfa.BYTES && dfa.next(state, high + 1) == target) {
                high++;
            }
            if (target != Dfa.DEAD) {
                edge(copies[state], low, high, copies[target]);
            }
            low = high + 1;
        }
    }
}
