package dev.kaya.cli;

import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.engine.checkpoint.folder.UnreadableFile;
import dev.kaya.service.fault.GenerationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.ExitCode;

/**
 * A fault as a line for whoever typed the command, and the status that a command ends with because
 * of it. Kaya's own exceptions are written for people and stand as they are; others are named by
 * their class, so that nobody takes a fault of the program for one of the checkpoint.
 */
final class FaultLine {

    private static final String OURS = "dev.kaya.";

    private FaultLine() {}

    /** What happened, and of what kind it was; never empty. */
    static String of(Throwable fault) {
        return switch (fault) {
            case AccessDeniedException e when isReadable(e) ->
                    PrintableText.escaped(e.getFile())
                            + ": the system does not let this process write it: name another place,"
                            + " or give the user that runs Kaya the right to";
            case FileSystemException e -> UnreadableFile.described(e);
            case InvalidPathException e -> UnreadableFile.described(e);
            case OutOfMemoryError e -> UnreadableFile.described(e);
            case InterruptedException _ -> "interrupted";
            case UncheckedIOException e when e.getCause() != null -> of(e.getCause());
            case ExecutionException e when e.getCause() != null -> of(e.getCause());
            default -> isWrittenForPeople(fault) ? message(fault) : named(fault);
        };
    }

    /** Whether it was writing that was denied. */
    private static boolean isReadable(AccessDeniedException denied) {
        if (denied.getFile() == null) {
            return false;
        }
        Path file = Path.of(denied.getFile()).toAbsolutePath();
        Path looked = Files.exists(file) ? file : file.getParent();
        return looked != null && Files.isReadable(looked);
    }

    /** A plain {@link IOException} carries the system's own words, or those of a command. */
    private static boolean isWrittenForPeople(Throwable fault) {
        Class<?> kind = fault.getClass();
        return !message(fault).isBlank()
                && (kind == IOException.class || kind.getName().startsWith(OURS));
    }

    private static String named(Throwable fault) {
        String name = fault.getClass().getName();
        String kind = name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
        String described = message(fault).isBlank() ? kind : kind + ": " + message(fault);
        return isOfKaya(fault)
                ? "this is a fault of Kaya itself, which --debug traces: " + described
                : described;
    }

    /**
     * The system says no with an {@link IOException}, and the engine to a model with the others.
     */
    private static boolean isOfKaya(Throwable fault) {
        Class<?> kind = fault.getClass();
        return !(fault instanceof IOException)
                && kind != IllegalStateException.class
                && kind != IllegalArgumentException.class;
    }

    private static String message(Throwable fault) {
        String message = fault.getMessage();
        return message == null ? "" : message;
    }

    /** A request that breaks a rule is wrong usage; everything else is a failure. */
    static int status(Throwable fault) {
        return switch (fault) {
            case GenerationException.Invalid _, GenerationException.UnknownModel _ ->
                    ExitCode.USAGE;
            default -> ExitCode.SOFTWARE;
        };
    }
}
