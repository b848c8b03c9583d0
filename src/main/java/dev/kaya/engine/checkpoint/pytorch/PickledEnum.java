package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.pytorch.PickleValue.Global;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Members of enums, such as an activation in a pickled configuration. Python writes one as a call
 * of its class with its value; the value is all that is kept.
 *
 * <p>Nothing is run whatever a pickle calls. The list of modules only keeps a file that tries to
 * start a process from being taken for one with an enum in it: it is refused by name.
 */
final class PickledEnum {

    /** Top modules of classes that are no enums, or none of a model's. */
    private static final Set<String> NO_ENUMS =
            Set.of(
                    "__builtin__",
                    "asyncio",
                    "builtins",
                    "codeop",
                    "code",
                    "concurrent",
                    "ctypes",
                    "ftplib",
                    "http",
                    "importlib",
                    "io",
                    "multiprocessing",
                    "nt",
                    "numpy",
                    "os",
                    "pdb",
                    "pickle",
                    "posix",
                    "runpy",
                    "shutil",
                    "smtplib",
                    "socket",
                    "subprocess",
                    "sys",
                    "tempfile",
                    "threading",
                    "timeit",
                    "torch",
                    "trace",
                    "types",
                    "urllib",
                    "webbrowser",
                    "zipfile");

    private PickledEnum() {}

    /** Whether a call can be that of an enum: of a class, by its name, with one plain value. */
    static boolean isMember(Global callee, List<@Nullable Object> arguments) {
        String name = callee.qualifiedName();
        int simple = name.lastIndexOf('.') + 1;
        return arguments.size() == 1
                && isPlain(arguments.getFirst())
                && simple > 1
                && simple < name.length()
                && Character.isUpperCase(name.charAt(simple))
                && !NO_ENUMS.contains(name.substring(0, name.indexOf('.')));
    }

    private static boolean isPlain(@Nullable Object value) {
        return value instanceof String
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean;
    }
}
