package dev.kaya.engine;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Writes small safetensors files, and large ones whose tensors are holes that take no room on disk.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsWriter {

    private record Entry(DataType type, long[] shape, float[] values) {
        long bytes() {
            return type.bytes(Arrays.stream(shape).reduce(1, Math::multiplyExact));
        }
    }

    private static final float[] HOLE = {};

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Adds a tensor of single precision. */
    public SafetensorsWriter add(String name, float[] values, long... shape) {
        entries.put(name, new Entry(DataType.F32, shape, values));
        return this;
    }

    /** Adds a tensor of zeros. */
    public SafetensorsWriter addHole(String name, DataType type, long... shape) {
        entries.put(name, new Entry(type, shape, HOLE));
        return this;
    }

    /** Writes the file; a file that was there is written over. */
    public void write(Path file) throws IOException {
        byte[] header = header().getBytes(StandardCharsets.UTF_8);
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(0);
            out.writeLong(Long.reverseBytes(header.length));
            out.write(header);
            long at = out.getFilePointer();
            for (Entry entry : entries.values()) {
                out.seek(at);
                out.write(bytes(entry.values()));
                at += entry.bytes();
            }
            out.setLength(at);
        }
    }

    private String header() {
        var header = new StringJoiner(",", "{", "}");
        long at = 0;
        for (Map.Entry<String, Entry> named : entries.entrySet()) {
            Entry entry = named.getValue();
            long end = at + entry.bytes();
            header.add(
                    "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(
                                    named.getKey(),
                                    entry.type(),
                                    Arrays.toString(entry.shape()),
                                    at,
                                    end));
            at = end;
        }
        return header.toString();
    }

    private static byte[] bytes(float[] values) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes;
    }
}
