package dev.kaya.benchmark;

import dev.kaya.engine.convert.GgufWriter;
import dev.kaya.engine.convert.SafetensorsWriter;
import dev.kaya.engine.convert.TensorPlan;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.matrix.RandomBlocks;
import dev.kaya.engine.tensor.matrix.RowEncoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Writes a GPT-2 of any size with random weights, to measure with: a GGUF file, whose matrices may
 * be of any type that is read, or a folder as Hugging Face has it, where they are turned.
 *
 * <p>Arguments: {@code OUT TYPE EMBEDDING LAYERS}, such as {@code /tmp/gpt2.gguf Q4_K 768 12}; an
 * OUT that does not end in {@code .gguf} is a folder. Heads have 64 elements, the context 1,024
 * tokens, and the vocabulary is GPT-2's.
 */
public final class RandomCheckpoint {

    private static final int VOCABULARY = 50_257;
    private static final int CONTEXT = 1024;
    private static final int AT_ONCE = 1 << 20;

    private final Random random = new Random(7);
    private final List<TensorPlan> tensors = new ArrayList<>();
    private final DataType type;
    private final int embedding;
    private final int layers;

    private RandomCheckpoint(DataType type, int embedding, int layers) {
        this.type = type;
        this.embedding = embedding;
        this.layers = layers;
    }

    public static void main(String[] arguments) throws IOException {
        var out = Path.of(arguments[0]);
        var type = DataType.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        int embedding = Integer.parseInt(arguments[2]);
        int layers = Integer.parseInt(arguments[3]);
        var checkpoint = new RandomCheckpoint(type, embedding, layers);
        if (out.toString().endsWith(".gguf")) {
            checkpoint.writeGguf(out);
        } else {
            checkpoint.writeFolder(out);
        }
    }

    private void writeGguf(Path file) throws IOException {
        matrix("token_embd.weight", VOCABULARY, embedding);
        plain("position_embd.weight", CONTEXT, embedding);
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            vectors(block + "attn_norm", embedding, 1);
            matrix(block + "attn_qkv.weight", 3 * embedding, embedding);
            plain(block + "attn_qkv.bias", 3 * embedding);
            matrix(block + "attn_output.weight", embedding, embedding);
            plain(block + "attn_output.bias", embedding);
            vectors(block + "ffn_norm", embedding, 1);
            matrix(block + "ffn_up.weight", 4 * embedding, embedding);
            plain(block + "ffn_up.bias", 4 * embedding);
            matrix(block + "ffn_down.weight", embedding, 4 * embedding);
            plain(block + "ffn_down.bias", embedding);
        }
        vectors("output_norm", embedding, 1);
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", "gpt2");
        keys.put("gpt2.context_length", CONTEXT);
        keys.put("gpt2.embedding_length", embedding);
        keys.put("gpt2.block_count", layers);
        keys.put("gpt2.feed_forward_length", 4 * embedding);
        keys.put("gpt2.attention.head_count", embedding / 64);
        keys.put("gpt2.attention.layer_norm_epsilon", 1e-5f);
        GgufWriter.write(file, keys, tensors);
    }

    private void writeFolder(Path folder) throws IOException {
        matrix("wte.weight", VOCABULARY, embedding);
        matrix("wpe.weight", CONTEXT, embedding);
        for (int layer = 0; layer < layers; layer++) {
            String block = "h." + layer + ".";
            vectors(block + "ln_1", embedding, 1);
            turned(block + "attn.c_attn", embedding, 3 * embedding);
            turned(block + "attn.c_proj", embedding, embedding);
            vectors(block + "ln_2", embedding, 1);
            turned(block + "mlp.c_fc", embedding, 4 * embedding);
            turned(block + "mlp.c_proj", 4 * embedding, embedding);
        }
        vectors("ln_f", embedding, 1);
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "gpt2", "n_layer": %d, "n_head": %d, "n_embd": %d,
                 "n_positions": %d, "vocab_size": %d, "activation_function": "gelu_new"}
                """
                        .formatted(layers, embedding / 64, embedding, CONTEXT, VOCABULARY));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), tensors);
    }

    private void turned(String name, int inputs, int outputs) {
        matrix(name + ".weight", inputs, outputs);
        plain(name + ".bias", outputs);
    }

    private void vectors(String name, int length, int gain) {
        add(name + ".weight", DataType.F32, gain, length);
        plain(name + ".bias", length);
    }

    private void plain(String name, int... shape) {
        add(name, DataType.F32, 0, shape);
    }

    private void matrix(String name, int rows, int columns) {
        add(name, type, 0, rows, columns);
    }

    private void add(String name, DataType stored, int mean, int... shape) {
        List<Long> lengths = new ArrayList<>();
        long count = 1;
        for (int length : shape) {
            lengths.add((long) length);
            count *= length;
        }
        long elements = count;
        tensors.add(
                new TensorPlan(
                        name,
                        stored,
                        lengths,
                        sink -> {
                            for (long done = 0; done < elements; done += AT_ONCE) {
                                int some = (int) Math.min(AT_ONCE, elements - done);
                                sink.write(ByteBuffer.wrap(bytes(stored, some, mean)));
                            }
                        }));
    }

    private byte[] bytes(DataType stored, int count, int mean) {
        if (stored.isQuantised()) {
            return RandomBlocks.of(stored, count, random);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = mean + (random.nextFloat() - 0.5f) / 16;
        }
        return RowEncoder.encode(values, 0, count, stored);
    }
}
