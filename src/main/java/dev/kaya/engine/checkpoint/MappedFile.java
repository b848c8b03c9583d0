package dev.kaya.engine.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A file open for reading, of which any thread may read until {@link #close}.
 *
 * <p>What describes the tensors is looked at through a mapping, of which only the pages that were
 * touched take memory. The tensors themselves are read: pages of a mapping would stay until the
 * last tensor is packed, and file and model stand in memory together. Reading also tells of a file
 * that somebody cuts off meanwhile, where a mapping fails.
 */
public final class MappedFile implements Closeable {

    /** What is read at once into the heap: it passes through memory outside it of that size. */
    private static final int HEAP_CHUNK = 128 << 10;

    /** What is read at once; a buffer has less than 2^31 bytes. */
    private static final int CHUNK = 1 << 30;

    private final Path path;
    private final FileChannel channel;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(Path path, FileChannel channel, Arena arena) throws IOException {
        this.path = path;
        this.channel = channel;
        this.arena = arena;
        bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }

    /** Makes a checkpoint of an open file, which the checkpoint then owns. */
    @FunctionalInterface
    public interface Parser {
        public Checkpoint parse(MappedFile file) throws IOException;
    }

    /** Opens the file and hands it to {@code parser}; it is closed when that fails. */
    public static Checkpoint parse(Path path, Parser parser) throws IOException {
        MappedFile file = open(path);
        try {
            return parser.parse(file);
        } catch (InternalError e) {
            file.close();
            throw file.unreadable(e);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Opens and maps the whole file. */
    public static MappedFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        Arena arena = Arena.ofShared();
        try {
            return new MappedFile(path, channel, arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            channel.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** Bytes that it had when it was opened. */
    public long length() {
        return bytes.byteSize();
    }

    /** The mapped bytes from {@code offset}; the range must lie in the file. */
    public MemorySegment slice(long offset, long length) {
        return bytes.asSlice(offset, length);
    }

    /** The bytes from {@code offset}, to be read; the range must lie in the file. */
    public StoredBytes stored(long offset, long length) {
        Objects.checkFromIndexSize(offset, length, length());
        return new Range(this, offset, length);
    }

    /** A cursor over a part of the file that reports places in the whole file. */
    public ByteCursor cursor(long offset, long length) {
        return new ByteCursor(path, slice(offset, length), offset);
    }

    /** A fault of the file as a whole. */
    public MalformedCheckpointException fault(String reason) {
        return new MalformedCheckpointException(path, -1, reason);
    }

    @Override
    public void close() throws IOException {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        channel.close();
    }

    private void read(long offset, MemorySegment target) throws IOException {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(path + " is closed");
        }
        boolean direct = target.isNative() || target.heapBase().orElse(null) instanceof byte[];
        int most = target.isNative() ? CHUNK : HEAP_CHUNK;
        byte[] copied = new byte[direct ? 0 : (int) Math.min(target.byteSize(), HEAP_CHUNK)];
        for (long done = 0; done < target.byteSize(); ) {
            long length = Math.min(most, target.byteSize() - done);
            MemorySegment piece = target.asSlice(done, length);
            if (direct) {
                fill(offset + done, piece.asByteBuffer());
            } else {
                fill(offset + done, ByteBuffer.wrap(copied, 0, (int) length));
                MemorySegment.copy(MemorySegment.ofArray(copied), 0, piece, 0, length);
            }
            done += length;
        }
    }

    private void fill(long offset, ByteBuffer target) throws IOException {
        long at = offset;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                throw cutOff(at);
            }
            at += read;
        }
    }

    /** So the virtual machine reports pages of a mapping that are no longer there. */
    private MalformedCheckpointException unreadable(InternalError e) {
        var fault = cutOff(-1);
        fault.initCause(e);
        return fault;
    }

    private MalformedCheckpointException cutOff(long offset) {
        return new MalformedCheckpointException(
                path,
                offset,
                "the file was cut off while it was read: it had "
                        + length()
                        + " bytes when it was opened; load it again when it is whole");
    }

    /** A part of an open file. */
    private record Range(MappedFile file, long offset, long length) implements StoredBytes {

        @Override
        public StoredBytes slice(long from, long count) {
            Objects.checkFromIndexSize(from, count, length);
            return new Range(file, offset + from, count);
        }

        @Override
        public void read(long from, long count, MemorySegment target) throws IOException {
            Objects.checkFromIndexSize(from, count, length);
            file.read(offset + from, target.asSlice(0, count));
        }

        /** Mapped for as long as the arena lives, so that no page stays behind. */
        @Override
        public MemorySegment view(long from, long count, Arena arena) throws IOException {
            Objects.checkFromIndexSize(from, count, length);
            if (file.channel.size() < offset + from + count) {
                throw file.cutOff(file.channel.size());
            }
            return file.channel.map(MapMode.READ_ONLY, offset + from, count, arena);
        }
    }
}
