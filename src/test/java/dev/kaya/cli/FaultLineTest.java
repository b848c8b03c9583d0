package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.registry.InsufficientMemoryException;
import dev.kaya.service.fault.GenerationException.Failed;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.GenerationException.UnknownModel;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FaultLineTest {

    private static final String OURS = "this is a fault of Kaya itself, which --debug traces: ";

    @Test
    void whatIsWrittenForPeopleStandsAsItIs() {
        assertLine(
                "a.gguf: at byte 7: too short",
                new MalformedCheckpointException(Path.of("a.gguf"), 7, "too short"));
        assertLine("the heap", new InsufficientMemoryException("the heap"));
        assertLine(
                "n must be at least 1; given 0",
                Invalid.outOfRange(RequestField.N, "be at least 1", 1, 0));
        assertLine("it failed", new Failed("it failed"));
        assertLine("no space is left", new IOException("no space is left"));
    }

    @Test
    void whatTheSystemSaysIsExplained() {
        assertLine("a/b: there is no such file or folder", new NoSuchFileException("a/b"));
        assertLine("a\\u0000b: this is not a path: NUL", new InvalidPathException("a\0b", "NUL"));
        assertLine(
                "the heap is full: start java with a larger -Xmx, or a smaller model",
                new OutOfMemoryError("Java heap space"));
        assertLine("interrupted", new InterruptedException());
    }

    @Test
    void whatMayBeReadWasToBeWritten() {
        String writes =
                ": the system does not let this process write it: name another place, or give the"
                        + " user that runs Kaya the right to";
        assertLine("checkpoints" + writes, new AccessDeniedException("checkpoints"));
        assertLine("checkpoints/new" + writes, new AccessDeniedException("checkpoints/new"));
        assertLine(
                "no/such: the system does not let this process read it: give the user that runs"
                        + " Kaya the right to (chmod a+rX), or run as a user that has it",
                new AccessDeniedException("no/such"));
    }

    @Test
    void otherFaultsAreNamedByTheirKind() {
        assertLine("EOFException", new EOFException());
        assertLine("IOException", new IOException());
        assertLine("IOException", new IOException(" "));
        assertLine("ConnectException: refused", new ConnectException("refused"));
        assertLine(
                "IllegalStateException: the model cannot generate",
                new IllegalStateException("the model cannot generate"));
        assertLine("IllegalArgumentException", new IllegalArgumentException());
    }

    @Test
    void faultsOfTheProgramAreToldFromThoseOfTheCheckpoint() {
        assertLine(OURS + "NullPointerException", new NullPointerException());
        assertLine(OURS + "ClassCastException: a b", new ClassCastException("a b"));
        assertLine(OURS + "StackOverflowError", new StackOverflowError());
        assertLine(OURS + "AssertionError: x", new AssertionError("x"));
    }

    @Test
    void looksThroughWhatOnlyCarriesAFault() {
        var missing = new NoSuchFileException("a");
        assertLine("a: there is no such file or folder", new UncheckedIOException(missing));
        assertLine(
                "a: there is no such file or folder",
                new ExecutionException(new UncheckedIOException(missing)));
        assertLine(OURS + "ExecutionException: x", new ExecutionException("x", null));
    }

    private static void assertLine(String line, Throwable fault) {
        assertThat(FaultLine.of(fault)).isEqualTo(line);
    }

    @Test
    void aRequestThatBreaksARuleIsWrongUsage() {
        assertThat(FaultLine.status(Invalid.field("c", RequestField.SEED, Wording.of("m"))))
                .isEqualTo(2);
        assertThat(FaultLine.status(new UnknownModel("a", "b"))).isEqualTo(2);
        assertThat(FaultLine.status(new Failed("it failed"))).isEqualTo(1);
        assertThat(FaultLine.status(new IOException())).isEqualTo(1);
    }
}
