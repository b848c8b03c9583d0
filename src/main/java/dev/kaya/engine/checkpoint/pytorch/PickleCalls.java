package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Dict;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Sequence;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The closed list of what a pickle may call, each answered by a value of our own.
 *
 * <p>Collections, PyTorch's rebuilding of tensors, NumPy scalars, namespaces, enums, paths, dates.
 * Everything else is refused by name. Making an instance without calling anything ({@link
 * #construct}) is harmless: an unknown class gives a {@link Bag}.
 */
final class PickleCalls {

    /** The attribute under which a bag keeps a state that is no dict. */
    static final String STATE = "__state__";

    /** The class of bags that stand for arrays; their content is not read. */
    static final String NUMPY_ARRAY = "numpy.ndarray";

    private static final int MAX_COPIED = 8_000_000;

    private final ByteCursor in;
    private final TorchCalls torch;
    private final TorchStorages storages;
    private int copied;

    PickleCalls(ByteCursor in) {
        this.in = in;
        this.torch = new TorchCalls(in);
        this.storages = new TorchStorages(in);
    }

    /** What a call gives; a function or class that is not on the list is a fault naming it. */
    @Nullable Object call(Global callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        String name = callee.qualifiedName();
        return switch (name) {
            case "collections.OrderedDict",
                    "collections.Counter",
                    "builtins.dict",
                    "__builtin__.dict" ->
                    dict(arguments);
            case "collections.defaultdict" -> new Dict();
            case "builtins.set",
                    "builtins.frozenset",
                    "builtins.list",
                    "__builtin__.set",
                    "__builtin__.frozenset",
                    "__builtin__.list",
                    "collections.deque" ->
                    new Sequence(items(name, arguments));
            case "builtins.tuple", "__builtin__.tuple", "torch.Size" ->
                    new Tuple(items(name, arguments));
            case "builtins.bytes", "__builtin__.bytes" -> emptyBytes(name, arguments);
            case "_codecs.encode" -> encode(name, arguments);
            case "argparse.Namespace",
                    "types.SimpleNamespace",
                    "functools.partial",
                    "datetime.datetime",
                    "datetime.date",
                    "datetime.timedelta",
                    "decimal.Decimal",
                    "numpy.dtype" ->
                    new Bag(name, arguments);
            case "builtins.getattr", "__builtin__.getattr" -> member(name, arguments);
            case "copyreg.__newobj__",
                    "copy_reg.__newobj__",
                    "copyreg._reconstructor",
                    "copy_reg._reconstructor" ->
                    reconstruct(name, arguments);
            case "pathlib.PosixPath",
                    "pathlib.WindowsPath",
                    "pathlib.PurePosixPath",
                    "pathlib.PureWindowsPath",
                    "pathlib.Path" ->
                    path(arguments);
            case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct" ->
                    new Bag(NUMPY_ARRAY, List.of());
            case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar" ->
                    NumpyScalars.read(arguments, in);
            default ->
                    PickledEnum.isMember(callee, arguments)
                            ? arguments.getFirst()
                            : torch.call(callee, arguments);
        };
    }

    /** What {@code cls.__new__(cls, …)} gives: an inert bag, unless the class is on the list. */
    Object construct(Global callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        return switch (callee.qualifiedName()) {
            case "collections.OrderedDict", "collections.defaultdict", "collections.Counter" ->
                    new Dict();
            case "torch.Size" -> new Tuple(items(callee.qualifiedName(), arguments));
            default -> new Bag(callee.qualifiedName(), arguments);
        };
    }

    /** The storages of the pickle's tensors. */
    TorchStorages storages() {
        return storages;
    }

    /** Counts entries and characters that are copied, so that nothing shared is multiplied. */
    void charge(int entries) throws MalformedCheckpointException {
        if (entries > MAX_COPIED - copied) {
            throw in.fault("the pickle copies more than " + MAX_COPIED + " entries");
        }
        copied += entries;
    }

    /** A dict's key as text, which counts as copied unless it is one. */
    String key(@Nullable Object key) throws MalformedCheckpointException {
        String text = PickleKeys.text(key, in);
        if (!(key instanceof String)) {
            charge(text.length());
        }
        return text;
    }

    private Dict dict(List<@Nullable Object> arguments) throws MalformedCheckpointException {
        Dict dict = new Dict();
        if (arguments.isEmpty()) {
            return dict;
        }
        if (arguments.getFirst() instanceof Dict source) {
            charge(source.entries().size());
            dict.entries().putAll(source.entries());
            return dict;
        }
        List<@Nullable Object> pairs = items("dict", arguments);
        charge(pairs.size());
        for (Object item : pairs) {
            List<@Nullable Object> pair = itemsOf(item);
            if (pair == null || pair.size() != 2) {
                throw in.fault("the pickle makes a dict of something that is not a list of pairs");
            }
            dict.entries().put(key(pair.get(0)), pair.get(1));
        }
        return dict;
    }

    private List<@Nullable Object> items(String callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (arguments.isEmpty()) {
            return new ArrayList<>();
        }
        List<@Nullable Object> items = itemsOf(arguments.getFirst());
        if (items == null) {
            throw in.fault("the pickle calls " + callee + " with something that is not a list");
        }
        charge(items.size());
        return new ArrayList<>(items);
    }

    static @Nullable List<@Nullable Object> itemsOf(@Nullable Object value) {
        return switch (value) {
            case Tuple tuple -> tuple.items();
            case Sequence sequence -> sequence.items();
            case null, default -> null;
        };
    }

    private byte[] emptyBytes(String callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (!arguments.isEmpty()) {
            throw in.fault("the pickle calls " + callee + " with arguments");
        }
        return new byte[0];
    }

    /** How protocol 2 writes bytes: a string to be encoded as Latin-1. */
    private byte[] encode(String callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (arguments.size() != 2
                || !(arguments.get(0) instanceof String text)
                || !"latin1".equals(arguments.get(1))) {
            throw in.fault(
                    "the pickle calls " + callee + " with other arguments than text, latin1");
        }
        charge(text.length());
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** How Python 3.11 writes a member of an enum: by its class and its name, which is kept. */
    private String member(String callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (arguments.size() == 2
                && arguments.get(0) instanceof Global
                && arguments.get(1) instanceof String name) {
            return name;
        }
        throw in.fault("the pickle calls " + callee + ", which is refused for all but enums");
    }

    private Object reconstruct(String callee, List<@Nullable Object> arguments)
            throws MalformedCheckpointException {
        if (arguments.isEmpty() || !(arguments.getFirst() instanceof Global global)) {
            throw in.fault("the pickle calls " + callee + " with something that is not a class");
        }
        boolean older = callee.endsWith("._reconstructor");
        return construct(global, older ? List.of() : arguments.subList(1, arguments.size()));
    }

    private String path(List<@Nullable Object> arguments) throws MalformedCheckpointException {
        StringBuilder path = new StringBuilder();
        for (Object part : arguments) {
            if (!(part instanceof String text)) {
                throw in.fault("the pickle makes a path of something that is not a string");
            }
            charge(text.length());
            boolean first = path.isEmpty() || path.charAt(path.length() - 1) == '/';
            path.append(first ? "" : "/").append(text);
        }
        return path.toString();
    }
}
