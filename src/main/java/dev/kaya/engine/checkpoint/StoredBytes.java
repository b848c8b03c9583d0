package dev.kaya.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A run of bytes from which a tensor is read: of a file, or of memory. Thread-safe. */
public interface StoredBytes {

    /** How many there are. */
    long length();

    /** Some of them, which must lie in the run. */
    StoredBytes slice(long offset, long length);

    /**
     * Copies bytes into the start of {@code target}.
     *
     * @throws IndexOutOfBoundsException when the range leaves the run or the target is too small
     * @throws IOException when they cannot be read
     */
    void read(long offset, long length, MemorySegment target) throws IOException;

    /**
     * Shows bytes to who wants them in any order.
     *
     * @param arena after which they must not be looked at
     * @throws IndexOutOfBoundsException when the range leaves the run
     * @throws IOException when they cannot be read
     */
    MemorySegment view(long offset, long length, Arena arena) throws IOException;

    /** Bytes in memory, which stay valid. */
    static StoredBytes of(MemorySegment bytes) {
        return new InMemory(bytes);
    }

    /** Bytes of memory that somebody else keeps. */
    record InMemory(MemorySegment bytes) implements StoredBytes {

        @Override
        public long length() {
            return bytes.byteSize();
        }

        @Override
        public StoredBytes slice(long offset, long length) {
            return new InMemory(bytes.asSlice(offset, length));
        }

        @Override
        public void read(long offset, long length, MemorySegment target) {
            MemorySegment.copy(bytes, offset, target, 0, length);
        }

        @Override
        public MemorySegment view(long offset, long length, Arena arena) {
            Objects.checkFromIndexSize(offset, length, length());
            return bytes.asSlice(offset, length);
        }
    }
}
