package dev.kaya.engine.convert;

import dev.kaya.engine.checkpoint.gguf.GgmlTypes;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Writes GGUF files, version 3.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufWriter {

    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;
    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream head = new ByteArrayOutputStream();

    private GgufWriter() {}

    /**
     * Writes a file that is not there yet.
     *
     * @param file to write
     * @param values {@code Integer} (written as unsigned), {@code Float}, {@code Boolean}, {@code
     *     String}, {@code List<String>}, {@code int[]} and {@code float[]} by their keys
     * @param tensors in the order of the file
     * @throws IOException when it is there, or cannot be written
     */
    public static void write(Path file, Map<String, Object> values, List<TensorPlan> tensors)
            throws IOException {
        byte[] head = new GgufWriter().head(values, tensors);
        try (var out = new TensorFile(file)) {
            out.write(ByteBuffer.wrap(head));
            for (TensorPlan tensor : tensors) {
                out.align(ALIGNMENT);
                out.write(tensor);
            }
            out.finish();
        }
    }

    private byte[] head(Map<String, Object> values, List<TensorPlan> tensors) {
        head.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        u32(VERSION);
        u64(tensors.size());
        u64(values.size());
        values.forEach(this::value);
        long at = 0;
        for (TensorPlan tensor : tensors) {
            text(tensor.name());
            u32(tensor.shape().size());
            for (long length : tensor.shape().reversed()) {
                u64(length);
            }
            u32(typeNumber(tensor.type()));
            u64(at);
            at = Math.addExact(at, tensor.bytes() + (-tensor.bytes() & (ALIGNMENT - 1)));
        }
        return head.toByteArray();
    }

    private static int typeNumber(DataType type) {
        return GgmlTypes.number(type);
    }

    private void value(String key, Object value) {
        text(key);
        switch (value) {
            case Integer number -> {
                u32(UINT32);
                u32(number);
            }
            case Float number -> {
                u32(FLOAT32);
                u32(Float.floatToIntBits(number));
            }
            case Boolean flag -> {
                u32(BOOL);
                head.write(flag ? 1 : 0);
            }
            case String text -> {
                u32(STRING);
                text(text);
            }
            case List<?> texts -> {
                array(STRING, texts.size());
                texts.forEach(text -> text((String) text));
            }
            case int[] numbers -> {
                array(INT32, numbers.length);
                for (int number : numbers) {
                    u32(number);
                }
            }
            case float[] numbers -> {
                array(FLOAT32, numbers.length);
                for (float number : numbers) {
                    u32(Float.floatToIntBits(number));
                }
            }
            default -> throw new IllegalArgumentException(key + " is " + value.getClass());
        }
    }

    private void array(int type, int length) {
        u32(ARRAY);
        u32(type);
        u64(length);
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        u64(bytes.length);
        head.writeBytes(bytes);
    }

    private void u32(int value) {
        head.writeBytes(
                ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(value)
                        .array());
    }

    private void u64(long value) {
        head.writeBytes(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
    }
}
