package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Sequence;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Storage;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tensor;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs the pickle machine (protocols 0 to 5) over data only.
 *
 * <p>A pickle is a program that may call anything. This machine knows no class of the JVM and no
 * function beyond the closed list of {@link PickleCalls}; what it does not know is refused by name
 * or kept as an inert {@link Bag}. Opcodes, stack and strings are bounded, and every length is
 * checked against what is left. Not thread-safe.
 */
final class Unpickler {

    /**
     * Each opcode makes at most one small object, so this bounds the memory as well. A vocabulary
     * of 150,000 tokens, both ways and with its merges, takes two million.
     */
    private static final int MAX_OPERATIONS = 4_000_000;

    private static final int MAX_STACK = 1 << 20;
    private static final int MAX_NAME_BYTES = 4096;
    private static final int NEWEST_PROTOCOL = 5;

    private final ByteCursor in;
    private final PickleCalls calls;
    private final List<@Nullable Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final PickleMemo memo;

    /** A machine for the pickle that {@code in} stands on; it stops right behind it. */
    Unpickler(ByteCursor in) {
        this.in = in;
        this.calls = new PickleCalls(in);
        this.memo = new PickleMemo(in);
    }

    /** The value that the pickle describes. */
    @Nullable Object load() throws MalformedCheckpointException {
        for (int operation = 0; operation < MAX_OPERATIONS; operation++) {
            int opcode = in.u8();
            if (opcode == '.') {
                return pop();
            }
            step(opcode);
        }
        throw in.fault("the pickle has more than " + MAX_OPERATIONS + " operations");
    }

    /** How many bytes of its cursor the machine has read. */
    long bytesRead() {
        return in.position();
    }

    /** Every storage that the pickle refers to, by key, as its first reference describes it. */
    Map<String, Storage> storages() {
        return calls.storages().whole();
    }

    private void step(int opcode) throws MalformedCheckpointException {
        switch (opcode) {
            case 0x80 -> protocol();
            case 0x95 -> frame();
            case '(' -> mark();
            case '0' -> discard();
            case '1' -> popMark();
            case '2' -> push(top());
            case 'p' -> memo.put(decimal(), top());
            case 'q' -> memo.put(in.u8(), top());
            case 'r' -> memo.put(in.u32(), top());
            case 0x94 -> memo.add(top());
            case 'g' -> push(memo.get(decimal()));
            case 'h' -> push(memo.get(in.u8()));
            case 'j' -> push(memo.get(in.u32()));
            case '}', ']', ')', 0x8f, 'd', 'l', 't', 0x91, 0x85, 0x86, 0x87 -> collection(opcode);
            case 'a', 'e', 's', 'u', 0x90 -> fill(opcode);
            case 'c', 0x93, 'R', 0x81, 0x92, 'b', 'i', 'o', 'P', 'Q' -> object(opcode);
            default -> push(PickleLiterals.read(opcode, in));
        }
    }

    private void collection(int opcode) throws MalformedCheckpointException {
        switch (opcode) {
            case '}' -> push(new Dict());
            case ']', 0x8f -> push(new Sequence());
            case ')' -> push(new Tuple(List.of()));
            case 'd' -> {
                Dict dict = new Dict();
                putAll(dict, popMark());
                push(dict);
            }
            case 'l', 0x91 -> push(new Sequence(popMark()));
            case 't' -> push(new Tuple(popMark()));
            default -> push(new Tuple(popLast(opcode - 0x84)));
        }
    }

    private void fill(int opcode) throws MalformedCheckpointException {
        switch (opcode) {
            case 'a' -> appendAll(popLast(1));
            case 'e', 0x90 -> appendAll(popMark());
            case 's' -> {
                List<@Nullable Object> pair = popLast(2);
                putAll(top(), pair);
            }
            default -> {
                List<@Nullable Object> pairs = popMark();
                putAll(top(), pairs);
            }
        }
    }

    private void object(int opcode) throws MalformedCheckpointException {
        switch (opcode) {
            case 'c' -> push(new Global(name() + "." + name()));
            case 0x93 -> stackGlobal();
            case 'R' -> {
                Tuple arguments = popTuple();
                push(calls.call(popGlobal(), arguments.items()));
            }
            case 0x81 -> {
                Tuple arguments = popTuple();
                push(calls.construct(popGlobal(), arguments.items()));
            }
            case 0x92 -> {
                Object keywords = pop();
                Tuple arguments = popTuple();
                push(build(calls.construct(popGlobal(), arguments.items()), keywords));
            }
            case 'b' -> {
                Object state = pop();
                push(build(pop(), state));
            }
            case 'i' -> {
                Global global = new Global(name() + "." + name());
                push(calls.call(global, popMark()));
            }
            case 'o' -> {
                List<@Nullable Object> items = popMark();
                if (items.isEmpty() || !(items.getFirst() instanceof Global global)) {
                    throw in.fault("the pickle makes an object of something that is not a class");
                }
                push(calls.call(global, items.subList(1, items.size())));
            }
            case 'Q' -> push(calls.storages().load(pop()));
            default -> push(calls.storages().load(name()));
        }
    }

    private void protocol() throws MalformedCheckpointException {
        int version = in.u8();
        if (version > NEWEST_PROTOCOL) {
            throw in.fault(
                    "pickle protocol " + version + " is unknown; the newest is " + NEWEST_PROTOCOL);
        }
    }

    private void frame() throws MalformedCheckpointException {
        long length = in.i64();
        if (length < 0 || length > in.remaining()) {
            throw in.fault(
                    "a pickle frame claims "
                            + Long.toUnsignedString(length)
                            + " bytes, but only "
                            + in.remaining()
                            + " are left");
        }
    }

    private void stackGlobal() throws MalformedCheckpointException {
        if (!(pop() instanceof String name) || !(pop() instanceof String module)) {
            throw in.fault("the pickle names a class by something that is not a string");
        }
        push(new Global(module + "." + name));
    }

    /** Gives an object its state. Attributes of containers and tensors carry no data we want. */
    private Object build(@Nullable Object target, @Nullable Object state)
            throws MalformedCheckpointException {
        return switch (target) {
            case Bag bag -> {
                setState(bag, state);
                yield bag;
            }
            case Dict dict -> dict;
            case Sequence sequence -> sequence;
            case Tensor tensor -> tensor;
            case Storage storage -> storage;
            case null, default -> throw in.fault("the pickle sets the state of a plain value");
        };
    }

    /** The state is the attributes, or a pair of attributes and slots, or the class's secret. */
    private void setState(Bag bag, @Nullable Object state) throws MalformedCheckpointException {
        if (state instanceof Dict dict) {
            calls.charge(dict.entries().size());
            bag.attributes().putAll(dict.entries());
        } else if (state instanceof Tuple pair
                && pair.items().size() == 2
                && isDictOrNull(pair.items().get(0))
                && isDictOrNull(pair.items().get(1))) {
            setState(bag, pair.items().get(0));
            setState(bag, pair.items().get(1));
        } else if (state != null) {
            bag.attributes().put(PickleCalls.STATE, state);
        }
    }

    private static boolean isDictOrNull(@Nullable Object value) {
        return value == null || value instanceof Dict;
    }

    private void appendAll(List<@Nullable Object> items) throws MalformedCheckpointException {
        switch (top()) {
            case Sequence sequence -> sequence.items().addAll(items);
            case Bag bag -> bag.items().addAll(items);
            case null, default ->
                    throw in.fault("the pickle appends to something that is not a list");
        }
    }

    private void putAll(@Nullable Object target, List<@Nullable Object> pairs)
            throws MalformedCheckpointException {
        Map<String, @Nullable Object> entries =
                switch (target) {
                    case Dict dict -> dict.entries();
                    case Bag bag -> bag.attributes();
                    case null, default ->
                            throw in.fault(
                                    "the pickle sets an item of something that is not a dict");
                };
        if (pairs.size() % 2 != 0) {
            throw in.fault("the pickle has a dict key without a value");
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            String key = calls.key(pairs.get(i));
            if (entries.containsKey(key)) {
                throw in.fault("the key \"" + key + "\" occurs twice in one dict");
            }
            entries.put(key, pairs.get(i + 1));
        }
    }

    private String name() throws MalformedCheckpointException {
        return in.line(MAX_NAME_BYTES);
    }

    private long decimal() throws MalformedCheckpointException {
        String line = name();
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            throw in.fault("\"" + line + "\" is not a memo index");
        }
    }

    private void mark() throws MalformedCheckpointException {
        if (marks.size() == MAX_STACK) {
            throw in.fault("the pickle's stack is deeper than " + MAX_STACK);
        }
        marks.add(stack.size());
    }

    private void push(@Nullable Object value) throws MalformedCheckpointException {
        if (stack.size() == MAX_STACK) {
            throw in.fault("the pickle's stack is deeper than " + MAX_STACK);
        }
        stack.add(value);
    }

    private @Nullable Object top() throws MalformedCheckpointException {
        checkHolds(1);
        return stack.getLast();
    }

    private @Nullable Object pop() throws MalformedCheckpointException {
        checkHolds(1);
        return stack.removeLast();
    }

    /** Takes off the top value, or the mark if nothing stands on it. */
    private void discard() throws MalformedCheckpointException {
        if (!marks.isEmpty() && marks.getLast() == stack.size()) {
            marks.removeLast();
        } else {
            pop();
        }
    }

    private Tuple popTuple() throws MalformedCheckpointException {
        if (pop() instanceof Tuple tuple) {
            return tuple;
        }
        throw in.fault("the pickle calls something with arguments that are not a tuple");
    }

    private Global popGlobal() throws MalformedCheckpointException {
        if (pop() instanceof Global global) {
            return global;
        }
        throw in.fault("the pickle calls something that is not a class");
    }

    private List<@Nullable Object> popLast(int count) throws MalformedCheckpointException {
        checkHolds(count);
        return popFrom(stack.size() - count);
    }

    private List<@Nullable Object> popMark() throws MalformedCheckpointException {
        if (marks.isEmpty()) {
            throw in.fault("the pickle's stack has no mark");
        }
        return popFrom(marks.removeLast());
    }

    private List<@Nullable Object> popFrom(int start) {
        List<@Nullable Object> tail = stack.subList(start, stack.size());
        List<@Nullable Object> items = new ArrayList<>(tail);
        tail.clear();
        return items;
    }

    private void checkHolds(int count) throws MalformedCheckpointException {
        int floor = marks.isEmpty() ? 0 : marks.getLast();
        if (stack.size() - floor < count) {
            throw in.fault("the pickle takes more from its stack than it put there");
        }
    }
}
