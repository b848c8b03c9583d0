package dev.kaya.engine;

import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/**
 * A folder with a model of a few thousand random weights over a vocabulary of characters, to be
 * spoilt in one way or another before it is written.
 */
public final class TinyCheckpoint {

    /** The characters of the vocabulary, by id. */
    public static final String CHARACTERS = "abcdefghijklmno\n";

    public static final int CONTEXT = 24;

    private static final int EMBEDDING = 16;
    private static final int LAYERS = 2;
    private static final int HIDDEN = 32;

    private record Weights(float[] values, long[] shape) {}

    private final Map<String, Weights> tensors = new LinkedHashMap<>();
    private final Map<String, long[]> holes = new LinkedHashMap<>();
    private final Map<String, String> config = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Random random = new Random(42);

    private TinyCheckpoint() {
        characters(CHARACTERS);
    }

    /** GPT-2 as Hugging Face saves it, with a head of its own. */
    public static TinyCheckpoint gpt2() {
        var tiny = new TinyCheckpoint();
        tiny.add("wte.weight", CHARACTERS.length(), EMBEDDING);
        tiny.add("wpe.weight", CONTEXT, EMBEDDING);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "h." + layer + ".";
            tiny.addNorm(block + "ln_1");
            tiny.addLinear(block + "attn.c_attn", EMBEDDING, 3 * EMBEDDING);
            tiny.addLinear(block + "attn.c_proj", EMBEDDING, EMBEDDING);
            tiny.addNorm(block + "ln_2");
            tiny.addLinear(block + "mlp.c_fc", EMBEDDING, HIDDEN);
            tiny.addLinear(block + "mlp.c_proj", HIDDEN, EMBEDDING);
        }
        tiny.addNorm("ln_f");
        tiny.add("lm_head.weight", CHARACTERS.length(), EMBEDDING);
        return tiny.config("n_head", "2");
    }

    /** LLaMA as Hugging Face saves it: four heads on two key heads, a head of its own. */
    public static TinyCheckpoint llama() {
        var tiny = new TinyCheckpoint();
        tiny.add("model.embed_tokens.weight", CHARACTERS.length(), EMBEDDING);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "model.layers." + layer + ".";
            tiny.add(block + "input_layernorm.weight", EMBEDDING);
            tiny.add(block + "self_attn.q_proj.weight", EMBEDDING, EMBEDDING);
            tiny.add(block + "self_attn.k_proj.weight", EMBEDDING / 2, EMBEDDING);
            tiny.add(block + "self_attn.v_proj.weight", EMBEDDING / 2, EMBEDDING);
            tiny.add(block + "self_attn.o_proj.weight", EMBEDDING, EMBEDDING);
            tiny.add(block + "post_attention_layernorm.weight", EMBEDDING);
            tiny.add(block + "mlp.gate_proj.weight", HIDDEN, EMBEDDING);
            tiny.add(block + "mlp.up_proj.weight", HIDDEN, EMBEDDING);
            tiny.add(block + "mlp.down_proj.weight", EMBEDDING, HIDDEN);
        }
        tiny.add("model.norm.weight", EMBEDDING);
        tiny.add("lm_head.weight", CHARACTERS.length(), EMBEDDING);
        return tiny.config("num_attention_heads", "4")
                .config("max_position_embeddings", Integer.toString(CONTEXT));
    }

    /** The same with norms of queries and keys. */
    public static TinyCheckpoint qwen3() {
        TinyCheckpoint tiny = llama();
        for (int layer = 0; layer < LAYERS; layer++) {
            String attention = "model.layers." + layer + ".self_attn.";
            tiny.add(attention + "q_norm.weight", EMBEDDING / 4);
            tiny.add(attention + "k_norm.weight", EMBEDDING / 4);
        }
        return tiny;
    }

    /** LLaMA with biases of all projections in attention. */
    public static TinyCheckpoint biasedLlama() {
        TinyCheckpoint tiny = llama();
        for (int layer = 0; layer < LAYERS; layer++) {
            String attention = "model.layers." + layer + ".self_attn.";
            tiny.add(attention + "q_proj.bias", EMBEDDING);
            tiny.add(attention + "k_proj.bias", EMBEDDING / 2);
            tiny.add(attention + "v_proj.bias", EMBEDDING / 2);
            tiny.add(attention + "o_proj.bias", EMBEDDING);
        }
        return tiny;
    }

    /** GPT-2 as nanoGPT and minGPT save it, with a head of its own. */
    public static TinyCheckpoint nanoGpt() {
        TinyCheckpoint tiny = gpt2();
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "h." + layer + ".";
            tiny.add(block + "attn.c_attn.weight", 3 * EMBEDDING, EMBEDDING);
            tiny.add(block + "mlp.c_fc.weight", HIDDEN, EMBEDDING);
            tiny.add(block + "mlp.c_proj.weight", EMBEDDING, HIDDEN);
        }
        return tiny.rename(name -> name.startsWith("lm_head") ? name : "transformer." + name);
    }

    /** Adds a tensor of random weights, or replaces it. */
    public TinyCheckpoint add(String name, long... shape) {
        int count = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 0.4f * (float) random.nextGaussian();
        }
        tensors.put(name, new Weights(values, shape));
        return this;
    }

    private void addNorm(String name) {
        add(name + ".weight", EMBEDDING);
        add(name + ".bias", EMBEDDING);
    }

    private void addLinear(String name, int inputs, int outputs) {
        add(name + ".weight", inputs, outputs);
        add(name + ".bias", outputs);
    }

    /** Replaces a tensor by one of zeros that takes no room on disk. */
    public TinyCheckpoint hole(String name, long... shape) {
        tensors.remove(name);
        holes.put(name, shape);
        return this;
    }

    /** Gives a tensor the weights of another. */
    public TinyCheckpoint copy(String from, String to) {
        Weights weights = tensors.get(from);
        if (weights == null) {
            throw new IllegalArgumentException("no tensor " + from);
        }
        tensors.put(to, weights);
        return this;
    }

    /** Leaves tensors out. */
    public TinyCheckpoint without(String... names) {
        tensors.keySet().removeAll(List.of(names));
        return this;
    }

    /** Gives every tensor another name. */
    public TinyCheckpoint rename(UnaryOperator<String> naming) {
        Map<String, Weights> renamed = new LinkedHashMap<>();
        tensors.forEach((name, weights) -> renamed.put(naming.apply(name), weights));
        tensors.clear();
        tensors.putAll(renamed);
        return this;
    }

    /** Fills one row of a matrix with a value. */
    public TinyCheckpoint fillRow(String name, int row, float value) {
        Weights weights = tensors.get(name);
        if (weights == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        int length = (int) weights.shape()[1];
        Arrays.fill(weights.values(), row * length, (row + 1) * length, value);
        return this;
    }

    /** Sets a key of {@code config.json} to a JSON value. */
    public TinyCheckpoint config(String key, String json) {
        config.put(key, json);
        return this;
    }

    /** Leaves a key out of {@code config.json}. */
    public TinyCheckpoint withoutConfig(String key) {
        config.remove(key);
        return this;
    }

    /** The vocabulary, one character an id. */
    public TinyCheckpoint characters(String characters) {
        var vocabulary = new StringJoiner(",", "{", "}");
        for (int id = 0; id < characters.length(); id++) {
            String character = characters.substring(id, id + 1).replace("\n", "\\n");
            vocabulary.add("\"" + character + "\":" + id);
        }
        return file("vocab.json", vocabulary.toString());
    }

    /** Puts a file beside the weights. */
    public TinyCheckpoint file(String name, String content) {
        files.put(name, content);
        return this;
    }

    /** Leaves a file out. */
    public TinyCheckpoint withoutFile(String name) {
        files.remove(name);
        return this;
    }

    /**
     * Writes everything.
     *
     * @return the weight file
     */
    public Path write(Path folder) throws IOException {
        var keys = new StringJoiner(", ", "{", "}");
        config.forEach((key, value) -> keys.add("\"" + key + "\": " + value));
        Files.writeString(folder.resolve("config.json"), keys.toString());
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        var writer = new SafetensorsWriter();
        tensors.forEach((name, weights) -> writer.add(name, weights.values(), weights.shape()));
        holes.forEach((name, shape) -> writer.addHole(name, DataType.F32, shape));
        Path weights = folder.resolve("model.safetensors");
        writer.write(weights);
        return weights;
    }

    /**
     * Writes everything, but the weights as JSON.
     *
     * @param metadata of the file, as JSON
     * @return the weight file
     */
    public Path writeJson(Path folder, String metadata) throws IOException {
        Files.delete(write(folder));
        var weights =
                new StringJoiner(",\n", "{\"metadata\": " + metadata + ", \"weights\": {", "}}");
        tensors.forEach(
                (name, tensor) -> weights.add("\"%s\": %s".formatted(name, nested(tensor, 0, 0))));
        return Files.writeString(folder.resolve("weights.json"), weights.toString());
    }

    private static String nested(Weights tensor, int dimension, int at) {
        if (dimension == tensor.shape().length) {
            return Float.toString(tensor.values()[at]);
        }
        var list = new StringJoiner(",", "[", "]");
        int length = (int) tensor.shape()[dimension];
        for (int i = 0; i < length; i++) {
            list.add(nested(tensor, dimension + 1, at * length + i));
        }
        return list.toString();
    }

    /** Writes everything and loads it. */
    public LoadedModel load(Path folder) throws IOException {
        write(folder);
        return ModelLoader.load(folder);
    }
}
