package dev.kaya.engine.convert;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes safetensors files.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /**
     * Writes a file that is not there yet.
     *
     * @param file to write
     * @param metadata of strings, for people and programs
     * @param tensors in the order of the file, of types that the format knows
     * @throws IOException when it is there, or cannot be written
     */
    public static void write(Path file, Map<String, String> metadata, List<TensorPlan> tensors)
            throws IOException {
        byte[] header = header(metadata, tensors);
        try (var out = new TensorFile(file)) {
            out.write(
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(header.length)
                            .flip());
            out.write(ByteBuffer.wrap(header));
            for (TensorPlan tensor : tensors) {
                out.write(tensor);
            }
            out.finish();
        }
    }

    /** Padded with spaces, so that tensors begin at a multiple of eight. */
    private static byte[] header(Map<String, String> metadata, List<TensorPlan> tensors) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.putPOJO("__metadata__", metadata);
        long at = 0;
        for (TensorPlan tensor : tensors) {
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.type().name());
            ArrayNode shape = entry.putArray("shape");
            tensor.shape().forEach(shape::add);
            long end = Math.addExact(at, tensor.bytes());
            entry.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        String text = root.toString();
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return (text + " ".repeat(-length & (ALIGNMENT - 1))).getBytes(StandardCharsets.UTF_8);
    }
}
