package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.deploy.EndedJvm;
import dev.kaya.engine.SafetensorsWriter;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sizes in docs/operations.md are those that {@code inspect} reports of files with such shapes,
 * whose tensors are holes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SizingIT {

    private static final Pattern WEIGHTS = Pattern.compile("weights +([0-9.]+ [MG]iB) in memory");
    private static final String HEAP =
            "-Xmx(\\d+)m at least, -Xmx(\\d+)m for 32 full contexts at a time, KV cache in ";
    private static final Pattern KEY_VALUES =
            Pattern.compile("has room for ([0-9.]+ MiB) of keys and values");

    private Path folder;

    @BeforeAll
    void write(@TempDir Path folder) throws IOException {
        this.folder = folder;
        writeGpt2(Files.createDirectory(folder.resolve("GPT-2")));
        writeLlama(Files.createDirectory(folder.resolve("LLaMA")));
    }

    /** GPT-2 small: 12 blocks of 768, 12 heads, vocabulary 50,257, context 1,024. */
    private static void writeGpt2(Path folder) throws IOException {
        DataType type = DataType.F32;
        var writer = new SafetensorsWriter();
        writer.addHole("wte.weight", type, 50257, 768).addHole("wpe.weight", type, 1024, 768);
        writer.addHole("ln_f.weight", type, 768).addHole("ln_f.bias", type, 768);
        for (int i = 0; i < 12; i++) {
            String block = "h." + i + ".";
            for (String norm : List.of("ln_1", "ln_2")) {
                writer.addHole(block + norm + ".weight", type, 768);
                writer.addHole(block + norm + ".bias", type, 768);
            }
            addProjection(writer, block + "attn.c_attn", 768, 2304);
            addProjection(writer, block + "attn.c_proj", 768, 768);
            addProjection(writer, block + "mlp.c_fc", 768, 3072);
            addProjection(writer, block + "mlp.c_proj", 3072, 768);
        }
        writer.write(folder.resolve("model.safetensors"));
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "gpt2", "n_head": 12, "activation_function": "gelu_new",
                 "layer_norm_epsilon": 1e-5}""");
    }

    private static void addProjection(SafetensorsWriter writer, String name, long in, long out) {
        writer.addHole(name + ".weight", DataType.F32, in, out);
        writer.addHole(name + ".bias", DataType.F32, out);
    }

    /** TinyLlama's shapes: 22 blocks of 2,048, 32 heads sharing 4, vocabulary 32,000. */
    private static void writeLlama(Path folder) throws IOException {
        DataType type = DataType.BF16;
        var writer = new SafetensorsWriter();
        writer.addHole("lm_head.weight", type, 32000, 2048);
        writer.addHole("model.embed_tokens.weight", type, 32000, 2048);
        writer.addHole("model.norm.weight", type, 2048);
        for (int i = 0; i < 22; i++) {
            String block = "model.layers." + i + ".";
            writer.addHole(block + "input_layernorm.weight", type, 2048);
            writer.addHole(block + "post_attention_layernorm.weight", type, 2048);
            writer.addHole(block + "self_attn.q_proj.weight", type, 2048, 2048);
            writer.addHole(block + "self_attn.k_proj.weight", type, 256, 2048);
            writer.addHole(block + "self_attn.v_proj.weight", type, 256, 2048);
            writer.addHole(block + "self_attn.o_proj.weight", type, 2048, 2048);
            writer.addHole(block + "mlp.gate_proj.weight", type, 5632, 2048);
            writer.addHole(block + "mlp.up_proj.weight", type, 5632, 2048);
            writer.addHole(block + "mlp.down_proj.weight", type, 2048, 5632);
        }
        Path file = folder.resolve("model.safetensors");
        writer.write(file);
        // One element of the first tensor, or the head would be taken for the embedding.
        try (var weights = new RandomAccessFile(file.toFile(), "rw")) {
            weights.seek(Long.BYTES + Long.reverseBytes(weights.readLong()));
            weights.write(1);
        }
        Files.writeString(
                folder.resolve("config.json"),
                """
                {"model_type": "llama", "num_attention_heads": 32, "num_key_value_heads": 4,
                 "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
                 "max_position_embeddings": 2048}""");
    }

    @Test
    void theTableIsWhatInspectReports() throws IOException, InterruptedException {
        for (List<String> row :
                Document.docs("operations")
                        .table(
                                "model",
                                "stored as",
                                "options",
                                "KV cache of a token",
                                "weights",
                                "heap at least",
                                "heap for all")) {
            String options = row.get(2).replace("`", "");
            String report = inspect("4g", row.getFirst(), options);
            String cache = options.contains("--kv-cache bf16") ? "bf16" : "f32";
            Matcher token = found(Pattern.compile(cache + " +(\\S+ bytes) a token"), report);
            Matcher heap = found(Pattern.compile(HEAP + cache + "\n"), report);
            assertThat(row.subList(3, 7))
                    .as(row.toString())
                    .containsExactly(
                            token.group(1),
                            found(WEIGHTS, report).group(1),
                            heap.group(1) + " MiB",
                            heap.group(2) + " MiB");
        }
    }

    @Test
    void theWorkedExampleIsWhatInspectReports() throws IOException, InterruptedException {
        String text = Files.readString(Path.of("docs/operations.md")).replaceAll("\\s+", " ");
        String smaller = found(KEY_VALUES, inspect("1440m", "GPT-2", "")).group(1);
        String larger = found(KEY_VALUES, inspect("1536m", "GPT-2", "")).group(1);

        assertThat(text)
                .contains(
                        "`inspect` with `-Xmx1440m` reports %s for keys and values, with `-Xmx1536m` %s"
                                .formatted(smaller, larger));
    }

    private static Matcher found(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher;
    }

    private String inspect(String heap, String model, String options)
            throws IOException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "@deploy/jvm.args",
                                "-Xmx" + heap,
                                "-jar",
                                System.getProperty("kaya.jar"),
                                "inspect",
                                folder.resolve(model.split(" ", 2)[0]).toString(),
                                "--threads",
                                "2"));
        if (!options.isEmpty()) {
            arguments.addAll(List.of(options.split(" ", -1)));
        }
        EndedJvm ended = EndedJvm.of(arguments);
        return ended.out() + ended.err();
    }
}
