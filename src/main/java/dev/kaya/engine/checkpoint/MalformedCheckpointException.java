package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that cannot be served; the message says where it is wrong and what to do. */
public final class MalformedCheckpointException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String path;
    private final long offset;

    /**
     * @param path the file
     * @param offset the byte at which the fault was seen, or −1 when no single byte is at fault
     * @param reason what is wrong, and what a user can do about it
     */
    public MalformedCheckpointException(Path path, long offset, String reason) {
        super(
                PrintableText.escaped(
                        offset < 0
                                ? path + ": " + reason
                                : path + ": at byte " + offset + ": " + reason));
        this.path = path.toString();
        this.offset = offset;
    }

    /** The file at fault. */
    public Path path() {
        return Path.of(path);
    }

    /** The byte at which the fault was seen, or −1. */
    public long offset() {
        return offset;
    }
}
