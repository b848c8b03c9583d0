package dev.kaya.engine.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file mapped for reading. Slices stay valid until {@link #close}; any thread may read them.
 *
 * <p>Mapping instead of reading leaves the weights in the page cache: a tensor is copied once, from
 * there to where the model wants it.
 */
final class MappedFile implements Closeable {

    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(Path path, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.arena = arena;
        this.bytes = bytes;
    }

    /** Makes a checkpoint of a mapped file, which the checkpoint then owns. */
    @FunctionalInterface
    interface Parser {
        Checkpoint parse(MappedFile file) throws IOException;
    }

    /** Maps the file and hands it to {@code parser}; the mapping is released when that fails. */
    static Checkpoint parse(Path path, Parser parser) throws IOException {
        MappedFile file = open(path);
        try {
            return parser.parse(file);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Maps the whole file. */
    static MappedFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long length = channel.size();
            return new MappedFile(path, arena, channel.map(MapMode.READ_ONLY, 0, length, arena));
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    Path path() {
        return path;
    }

    long length() {
        return bytes.byteSize();
    }

    /** The bytes from {@code offset}; the range must lie in the file. */
    MemorySegment slice(long offset, long length) {
        return bytes.asSlice(offset, length);
    }

    /** A cursor over a part of the file that reports places in the whole file. */
    ByteCursor cursor(long offset, long length) {
        return new ByteCursor(path, slice(offset, length), offset);
    }

    /** A fault of the file as a whole. */
    MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(path, -1, reason);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
