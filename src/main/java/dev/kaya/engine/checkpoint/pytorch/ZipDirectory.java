package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The central directory of a zip file whose entries are stored without compression, so that each is
 * a run of bytes of the mapped file. Zip64 sizes and offsets included.
 *
 * <p>The JDK's own zip reader copies every entry through a stream, which would hold the weights
 * twice.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">APPNOTE, 4.3</a>
 */
final class ZipDirectory {

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int COMMENT_LENGTH = 20;
    private static final int MAX_COMMENT_BYTES = 0xFFFF;
    private static final int LOCATOR_SIGNATURE = 0x07064b50;
    private static final int LOCATOR_BYTES = 20;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int END64_BYTES = 56;
    private static final int ENTRY_SIGNATURE = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int ZIP64_EXTRA = 0x0001;
    private static final int ENCRYPTED = 1;
    private static final int STORED = 0;
    private static final long SATURATED = 0xFFFF_FFFFL;
    private static final int MAX_NAME_BYTES = 0xFFFF;
    private static final int MAX_ENTRIES = 1 << 20;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Where an entry's bytes lie in the file. */
    record Entry(String name, long offset, long length) {}

    /** Where the directory lies, and how many entries it has. */
    private record Extent(long entries, long length, long offset) {}

    private ZipDirectory(MappedFile file) {
        this.file = file;
    }

    static ZipDirectory read(MappedFile file) throws MalformedCheckpointException {
        ZipDirectory directory = new ZipDirectory(file);
        Extent extent = directory.extent();
        if (extent.entries() < 0 || extent.entries() > MAX_ENTRIES) {
            throw file.fault(
                    "the zip claims "
                            + Long.toUnsignedString(extent.entries())
                            + " entries; at most "
                            + MAX_ENTRIES
                            + " are read");
        }
        directory.checkInFile("the zip's directory", extent.offset(), extent.length());
        ByteCursor cursor = file.cursor(extent.offset(), extent.length());
        for (long i = 0; i < extent.entries(); i++) {
            directory.add(directory.entry(cursor), cursor);
        }
        return directory;
    }

    /** All entries by name, in the directory's order. */
    Map<String, Entry> entries() {
        return entries;
    }

    @Nullable Entry entry(String name) {
        return entries.get(name);
    }

    private void add(Entry entry, ByteCursor cursor) throws MalformedCheckpointException {
        if (entries.put(entry.name(), entry) != null) {
            throw cursor.fault("the zip entry " + entry.name() + " occurs twice");
        }
    }

    private Extent extent() throws MalformedCheckpointException {
        long end = findEnd();
        ByteCursor cursor = file.cursor(end, END_BYTES);
        cursor.skip(10);
        Extent extent = new Extent(cursor.u16(), cursor.u32(), cursor.u32());
        long locator = end - LOCATOR_BYTES;
        if (locator < 0) {
            return extent;
        }
        cursor = file.cursor(locator, LOCATOR_BYTES);
        if (cursor.i32() != LOCATOR_SIGNATURE) {
            return extent;
        }
        cursor.skip(4);
        return extent64(cursor.i64());
    }

    private Extent extent64(long offset) throws MalformedCheckpointException {
        checkInFile("the zip64 end record", offset, END64_BYTES);
        ByteCursor cursor = file.cursor(offset, END64_BYTES);
        if (cursor.i32() != END64_SIGNATURE) {
            throw cursor.fault("the zip64 end record is damaged");
        }
        cursor.skip(28);
        return new Extent(cursor.i64(), cursor.i64(), cursor.i64());
    }

    /** The end record is searched backwards, because a comment of any content may follow it. */
    private long findEnd() throws MalformedCheckpointException {
        long first = Math.max(0, file.length() - END_BYTES - MAX_COMMENT_BYTES);
        MemorySegment tail = file.slice(first, file.length() - first);
        long last = tail.byteSize() - END_BYTES;
        for (long at = last; at >= 0; at--) {
            long comment = last - at;
            if (tail.get(INT, at) == END_SIGNATURE
                    && Short.toUnsignedLong(tail.get(SHORT, at + COMMENT_LENGTH)) == comment) {
                return first + at;
            }
        }
        throw file.fault("the zip has no end record; the file is cut off or damaged");
    }

    private Entry entry(ByteCursor cursor) throws MalformedCheckpointException {
        if (cursor.remaining() < ENTRY_BYTES || cursor.i32() != ENTRY_SIGNATURE) {
            throw cursor.fault("the zip's directory is damaged: an entry is expected here");
        }
        cursor.skip(4);
        int flags = cursor.u16();
        int method = cursor.u16();
        cursor.skip(8);
        long[] sizes = {cursor.u32(), cursor.u32(), 0};
        int nameLength = cursor.u16();
        int extraLength = cursor.u16();
        int commentLength = cursor.u16();
        cursor.skip(8);
        sizes[2] = cursor.u32();
        String name = new String(cursor.bytes(nameLength, MAX_NAME_BYTES), StandardCharsets.UTF_8);
        widen(sizes, cursor, extraLength);
        cursor.skip(commentLength);
        if (method != STORED || (flags & ENCRYPTED) != 0) {
            throw cursor.fault(
                    "the zip entry "
                            + name
                            + " is compressed or encrypted; torch.save stores entries as they are");
        }
        if (sizes[0] != sizes[1]) {
            throw cursor.fault("the zip entry " + name + " has two different sizes");
        }
        return new Entry(name, dataOffset(name, sizes[2], sizes[1]), sizes[1]);
    }

    /**
     * Replaces saturated fields by those of the zip64 extra field.
     *
     * @param sizes compressed size, size, and offset of the local header
     */
    private static void widen(long[] sizes, ByteCursor cursor, int extraLength)
            throws MalformedCheckpointException {
        long end = cursor.position() + extraLength;
        while (end - cursor.position() >= 4) {
            int id = cursor.u16();
            long next = cursor.u16() + cursor.position();
            if (id == ZIP64_EXTRA) {
                sizes[1] = sizes[1] == SATURATED ? cursor.i64() : sizes[1];
                sizes[0] = sizes[0] == SATURATED ? cursor.i64() : sizes[0];
                sizes[2] = sizes[2] == SATURATED ? cursor.i64() : sizes[2];
            }
            if (cursor.position() > next || next > end) {
                throw cursor.fault("the zip's directory is damaged: a wrong extra field");
            }
            cursor.skip(next - cursor.position());
        }
        cursor.skip(end - cursor.position());
    }

    private long dataOffset(String name, long local, long length)
            throws MalformedCheckpointException {
        checkInFile("the zip entry " + name, local, LOCAL_BYTES);
        ByteCursor cursor = file.cursor(local, LOCAL_BYTES);
        if (cursor.i32() != LOCAL_SIGNATURE) {
            throw cursor.fault("the zip entry " + name + " has no local header");
        }
        cursor.skip(22);
        long offset = local + LOCAL_BYTES + cursor.u16() + cursor.u16();
        checkInFile("the zip entry " + name, offset, length);
        return offset;
    }

    private void checkInFile(String what, long offset, long length)
            throws MalformedCheckpointException {
        boolean inside = offset >= 0 && length >= 0 && offset <= file.length() - length;
        if (!inside) {
            throw file.fault(
                    what
                            + " claims "
                            + Long.toUnsignedString(length)
                            + " bytes at "
                            + Long.toUnsignedString(offset)
                            + ", but the file has only "
                            + file.length()
                            + "; it is cut off or damaged");
        }
    }
}
