package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PrintableText;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says what the system means by refusing a file; Java's own messages are often the path alone. */
public final class UnreadableFile {

    private UnreadableFile() {}

    /** A fault as a message for people, whatever it is. */
    public static String described(Throwable fault) {
        return switch (fault) {
            case MalformedCheckpointException e -> String.valueOf(e.getMessage());
            case FileSystemException e -> String.valueOf(explained(Path.of(""), e).getMessage());
            case OutOfMemoryError _ ->
                    "the heap is full: start java with a larger -Xmx, or a smaller model";
            case IOException e when e.getMessage() != null -> String.valueOf(e.getMessage());
            case InvalidPathException e ->
                    PrintableText.escaped(e.getInput()) + ": this is not a path: " + e.getReason();
            default ->
                    isWrittenForPeople(fault)
                            ? String.valueOf(fault.getMessage())
                            : "this is a fault of Kaya itself, not of the checkpoint: " + fault;
        };
    }

    /** Java's own exceptions say nothing to people, but for two that carry our texts. */
    private static boolean isWrittenForPeople(Throwable fault) {
        Class<?> kind = fault.getClass();
        return fault.getMessage() != null
                && (kind == IllegalStateException.class
                        || kind == IllegalArgumentException.class
                        || !kind.getName().startsWith("java."));
    }

    /**
     * The same fault with its reason and what to do.
     *
     * @param asked what was to be read, where the system names nothing
     */
    public static MalformedCheckpointException explained(Path asked, FileSystemException fault) {
        String file = fault.getFile();
        var explained =
                new MalformedCheckpointException(
                        file == null ? asked : Path.of(file), -1, reason(fault));
        explained.initCause(fault);
        return explained;
    }

    private static String reason(FileSystemException fault) {
        String system = fault.getReason();
        return switch (fault) {
            case AccessDeniedException _ ->
                    "the system does not let this process read it: give the user that runs Kaya"
                            + " the right to (chmod a+rX), or run as a user that has it";
            case NoSuchFileException _ -> "there is no such file or folder";
            default ->
                    "the system cannot read it: "
                            + (system == null ? fault.getClass().getSimpleName() : system);
        };
    }
}
