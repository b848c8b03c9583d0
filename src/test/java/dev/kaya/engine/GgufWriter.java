package dev.kaya.engine;

import dev.kaya.engine.checkpoint.GgufBytes;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes small GGUF files: key-values given as a metadata tree, and tensors. */
public final class GgufWriter {

    private static final int ALIGNMENT = 32;
    private static final int INT64 = 11;
    private static final int FLOAT64 = 12;

    private record Entry(DataType type, long[] shape, byte[] bytes) {}

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** Sets a key to a string, boolean, long, double, or list of strings or longs. */
    public GgufWriter put(String key, Object value) {
        values.put(key, value);
        return this;
    }

    /** Leaves a key out. */
    public GgufWriter without(String key) {
        values.remove(key);
        return this;
    }

    /** Adds a tensor of single precision, or replaces it. */
    public GgufWriter add(String name, float[] elements, long... shape) {
        byte[] bytes = new byte[elements.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(elements);
        entries.put(name, new Entry(DataType.F32, shape, bytes));
        return this;
    }

    /** Leaves a tensor out. */
    public GgufWriter withoutTensor(String name) {
        entries.remove(name);
        return this;
    }

    /** Writes the file; a file that was there is written over. */
    public void write(Path file) throws IOException {
        GgufBytes head = GgufBytes.header(entries.size(), values.size());
        values.forEach((key, value) -> put(head, key, value));
        var data = new ByteArrayOutputStream();
        entries.forEach(
                (name, entry) -> {
                    head.tensor(name, 0, data.size(), reversed(entry.shape()));
                    data.writeBytes(entry.bytes());
                    data.writeBytes(new byte[-data.size() & (ALIGNMENT - 1)]);
                });
        Files.write(file, head.align(ALIGNMENT).raw(data.toByteArray()).bytes());
    }

    private static void put(GgufBytes head, String key, Object value) {
        switch (value) {
            case String text -> head.key(key, GgufBytes.STRING).text(text);
            case Boolean flag -> head.key(key, GgufBytes.BOOL).u8(flag ? 1 : 0);
            case Long number -> head.key(key, INT64).u64(number);
            case Double number -> head.key(key, FLOAT64).f64(number);
            case List<?> list -> putList(head, key, list);
            default -> throw new IllegalArgumentException(key + " = " + value);
        }
    }

    private static void putList(GgufBytes head, String key, List<?> list) {
        boolean numbers = !list.isEmpty() && list.getFirst() instanceof Long;
        head.array(key, numbers ? INT64 : GgufBytes.STRING, list.size());
        for (Object element : list) {
            if (element instanceof Long number) {
                head.u64(number);
            } else {
                head.text((String) element);
            }
        }
    }

    private static long[] reversed(long[] shape) {
        long[] reversed = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            reversed[i] = shape[shape.length - 1 - i];
        }
        return reversed;
    }
}
