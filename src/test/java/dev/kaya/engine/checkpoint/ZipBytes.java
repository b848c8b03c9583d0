package dev.kaya.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes zips of stored entries, with and without zip64 fields, and with single fields set wrong.
 * Checksums are left zero, as the reader does not look at them.
 */
public final class ZipBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
    private int entries;
    private int method;
    private boolean zip64;

    /** Entries from now on claim this compression method. */
    public ZipBytes method(int value) {
        method = value;
        return this;
    }

    /** Entries from now on, and the end record, put their numbers into zip64 fields. */
    public ZipBytes zip64() {
        zip64 = true;
        return this;
    }

    public ZipBytes entry(String name, byte[] content) {
        return entry(name, content, content.length, out.size());
    }

    public ZipBytes entry(String name, byte[] content, long claimedLength, long claimedOffset) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer local = buffer(30 + nameBytes.length);
        local.putInt(0x04034b50).putInt(0).putShort((short) method).position(26);
        local.putShort((short) nameBytes.length).putShort((short) 0).put(nameBytes);
        out.writeBytes(bytes(local));
        out.writeBytes(content);
        int extra = zip64 ? 28 : 0;
        ByteBuffer central = buffer(46 + nameBytes.length + extra);
        central.putInt(0x02014b50).putInt(0).putShort((short) 0).putShort((short) method);
        central.position(20);
        central.putInt(saturated(claimedLength)).putInt(saturated(claimedLength));
        central.putShort((short) nameBytes.length).putShort((short) extra).position(42);
        central.putInt(saturated(claimedOffset)).put(nameBytes);
        if (zip64) {
            central.putShort((short) 1).putShort((short) 24);
            central.putLong(claimedLength).putLong(claimedLength).putLong(claimedOffset);
        }
        directory.writeBytes(bytes(central));
        entries++;
        return this;
    }

    public byte[] finish() {
        return finish(entries, directory.size());
    }

    public byte[] finish(long claimedEntries, long claimedDirectoryLength) {
        long start = out.size();
        out.writeBytes(directory.toByteArray());
        if (zip64) {
            ByteBuffer end64 = buffer(76);
            long at = out.size();
            end64.putInt(0x06064b50).putLong(44).position(24);
            end64.putLong(claimedEntries).putLong(claimedEntries);
            end64.putLong(claimedDirectoryLength).putLong(start);
            end64.putInt(0x07064b50).putInt(0).putLong(at).putInt(1);
            out.writeBytes(bytes(end64));
        }
        ByteBuffer end = buffer(22);
        end.putInt(0x06054b50).position(8);
        short count = zip64 ? (short) 0xFFFF : (short) claimedEntries;
        end.putShort(count).putShort(count);
        end.putInt(saturated(claimedDirectoryLength)).putInt(saturated(start));
        out.writeBytes(bytes(end));
        return out.toByteArray();
    }

    private int saturated(long value) {
        return zip64 ? 0xFFFF_FFFF : (int) value;
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.rewind().get(bytes);
        return bytes;
    }
}
