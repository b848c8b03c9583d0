package dev.kaya.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model of {@code golden/arithmetic}: its configuration, shapes, ids and the logits of the
 * reference. Its weights are computed, as {@code make.py} there does.
 */
final class ReferenceModel {

    private static final Path GOLDENS = Path.of("src/test/resources/golden/arithmetic");

    private final JsonNode golden;

    private ReferenceModel(JsonNode golden) {
        this.golden = golden;
    }

    static ReferenceModel read(String name) throws IOException {
        String text = Files.readString(GOLDENS.resolve(name + ".json"));
        return new ReferenceModel(JsonMapper.shared().readTree(text));
    }

    /** Writes weights, a vocabulary of characters and the configuration under its usual name. */
    ReferenceModel write(Path folder) throws IOException {
        return write(folder, "config.json");
    }

    /** Writes weights, a vocabulary of characters and the configuration. */
    ReferenceModel write(Path folder, String configName) throws IOException {
        Files.writeString(folder.resolve(configName), golden.get("config").toString());
        var writer = new SafetensorsWriter();
        long vocabulary = 0;
        for (Map.Entry<String, JsonNode> tensor : golden.get("tensors").properties()) {
            long[] shape = new long[tensor.getValue().size()];
            Arrays.setAll(shape, i -> tensor.getValue().get(i).asLong());
            writer.add(tensor.getKey(), weights(tensor.getKey(), shape), shape);
            vocabulary = vocabulary == 0 ? shape[0] : vocabulary; // embeddings come first
        }
        writer.write(folder.resolve("model.safetensors"));
        var characters = new StringBuilder("{");
        for (int id = 2; id < vocabulary; id++) {
            characters.append("\"%c\": %d, ".formatted('a' + id - 2, id));
        }
        characters.setLength(characters.length() - 2);
        Files.writeString(folder.resolve("vocab.json"), characters + "}");
        return this;
    }

    int[] ids() {
        int[] ids = new int[golden.get("ids").size()];
        Arrays.setAll(ids, i -> golden.get("ids").get(i).asInt());
        return ids;
    }

    /** The logits of the reference by the position after which they stand. */
    Map<Integer, float[]> logits() {
        Map<Integer, float[]> logits = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : golden.get("logits").properties()) {
            float[] values = new float[entry.getValue().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = entry.getValue().get(i).floatValue();
            }
            logits.put(Integer.valueOf(entry.getKey()), values);
        }
        return logits;
    }

    /** As {@code golden/weights.py} computes them. */
    static float[] weights(String name, long... shape) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        int state = (int) crc.getValue();
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        boolean gain = shape.length == 1 && !name.contains("bias");
        for (int i = 0; i < values.length; i++) {
            state = state * 1664525 + 1013904223;
            values[i] = (state >>> 8) / (float) (1 << 24) - 0.5f;
            if (gain) {
                values[i] = 1 + values[i] / 2;
            }
        }
        return values;
    }
}
