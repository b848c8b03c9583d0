package dev.kaya.engine.checkpoint;

import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static dev.kaya.engine.checkpoint.TestCheckpoints.shipped;

import dev.kaya.engine.checkpoint.FuzzRun.Limit;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.checkpoint.json.JsonFile;
import dev.kaya.engine.checkpoint.pytorch.PickleFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files of every format in great number, the same ones each time: see {@link FuzzRun} for
 * what may come of them. A file that opens is read at the beginning and end of each tensor.
 */
class CheckpointFuzzTest {

    private static final int MUTANTS = FuzzRun.mutants(250);

    /** Eight megabytes for buffers and what the JVM loads, and a tree of the file's values. */
    private static final Limit LIMIT = new Limit(8 << 20, 64);

    private static final int GGUF_HEAD = 12_288;
    private static final int PIECE = 1 << 12;

    private final byte[] piece = new byte[PIECE * Long.BYTES];

    @TempDir Path folder;

    @Test
    void damagedSafetensorsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("safetensors", LIMIT);
        for (String name : List.of("hf-llama", "hf-qwen3", "hf-gpt2")) {
            byte[] file = Files.readAllBytes(fixture(name + "/model.safetensors"));
            long header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
            heads(run, file, (int) (8 + header), MUTANTS / 3);
        }
        run.finish();
    }

    @Test
    void damagedIndexesAndPartsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("sharded index", LIMIT);
        byte[] index =
                ("{\"metadata\": {\"total_size\": 24}, \"weight_map\": {\"a\":"
                                + " \"model-00001-of-00002.safetensors\", \"b\":"
                                + " \"model-00002-of-00002.safetensors\"}}")
                        .getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("model.safetensors.index.json");
        Path one = folder.resolve("model-00001-of-00002.safetensors");
        Path two = folder.resolve("model-00002-of-00002.safetensors");
        byte[] part = SafetensorsBytes.of("a", "F32", "[3]", TorchFiles.floatBytes(3));
        Files.write(one, part);
        Files.write(two, SafetensorsBytes.of("b", "F32", "[3]", TorchFiles.floatBytes(3)));
        run.over(file, index, MUTANTS / 2, this::openAndRead);
        Files.write(file, index);
        run.over(one, part, MUTANTS / 2, damaged -> openAndRead(file));
        run.finish();
    }

    @Test
    void damagedTorchZipsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("torch zip", LIMIT);
        List<String> names = List.of("views", "float8", "module", "lightning", "configs", "pair");
        for (String name : names) {
            whole(run, torch(name + ".pt"), MUTANTS / (names.size() + 1));
        }
        whole(run, fixture("nanogpt-char/ckpt.pt"), MUTANTS / (names.size() + 1));
        run.finish();
    }

    @Test
    void damagedTorchFilesFromBefore16AreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("torch before 1.6", LIMIT);
        List<String> names = List.of("views", "float8", "module", "lightning", "configs");
        for (String name : names) {
            whole(run, torch(name + "-legacy.pt"), MUTANTS / (names.size() + 1));
        }
        byte[] course = Files.readAllBytes(fixture("course-gpt2-legacy/trained_small_gpt.pt"));
        heads(run, course, 6000, MUTANTS / (names.size() + 1));
        run.finish();
    }

    @Test
    void damagedPicklesAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("bare pickle", LIMIT);
        byte[] meta = Files.readAllBytes(fixture("nanogpt-char/meta.pkl"));
        run.over(folder.resolve("meta.pkl"), meta, MUTANTS, PickleFile::read);
        run.finish();
    }

    @Test
    void damagedGgufFilesAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("GGUF", LIMIT);
        run.over(folder.resolve("small.gguf"), smallGguf(), MUTANTS / 2, this::openAndRead);
        List<String> types =
                List.of(
                        "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k",
                        "q4_k_m", "q5_k", "q6_k");
        for (String type : types) {
            byte[] file = Files.readAllBytes(fixture("gguf-llama/model-" + type + ".gguf"));
            heads(run, file, GGUF_HEAD, MUTANTS / 2 / types.size());
        }
        run.finish();
    }

    @Test
    void damagedLlama2cModelsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("llama2.c", LIMIT);
        for (String name : List.of("version0", "version0-untied", "version1", "version1-untied")) {
            Path file = Path.of("src/test/resources/llama2c").resolve(name + ".bin");
            byte[] bytes = Files.readAllBytes(file);
            int header = name.startsWith("version0") ? 28 : 64;
            heads(run, bytes, header, MUTANTS / 5);
            whole(run, file, MUTANTS / 20);
        }
        run.finish();
    }

    @Test
    void damagedJsonWeightsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("microgpt JSON", LIMIT);
        byte[] small =
                ("{\"metadata\": {\"uchars\": [\"a\"], \"n\": 1}, \"weights\": {\"wte\": [[0.25,"
                                + " -1],[3e1, 4]]}}")
                        .getBytes(StandardCharsets.UTF_8);
        run.over(folder.resolve("small.json"), small, MUTANTS / 2, this::openAndRead);
        whole(run, fixture("microgpt-4064/weights.json"), MUTANTS / 2);
        run.finish();
    }

    @Test
    void damagedConfigsAreReadOrRefused() throws IOException {
        FuzzRun run = new FuzzRun("config.json", LIMIT);
        for (Path config :
                List.of(shipped("stories/config.json"), fixture("hf-qwen3/config.json"))) {
            byte[] bytes = Files.readAllBytes(config);
            run.over(folder.resolve("config.json"), bytes, MUTANTS / 2, JsonFile::read);
        }
        run.finish();
    }

    private static byte[] smallGguf() {
        return GgufBytes.header(2, 4)
                .key("general.architecture", GgufBytes.STRING)
                .text("llama")
                .key("llama.block_count", GgufBytes.UINT32)
                .u32(1)
                .strings("tokens", List.of("a", "b", "ab"))
                .key("nested", GgufBytes.ARRAY)
                .u32(GgufBytes.ARRAY)
                .u64(1)
                .u32(GgufBytes.UINT64)
                .u64(1)
                .u64(7)
                .tensor("a.weight", 8, 0, 32, 2)
                .tensor("b.weight", 0, 96, 2, 2)
                .align(32)
                .raw(new byte[112])
                .bytes();
    }

    private static Path torch(String name) {
        return Path.of("src/test/resources/torch").resolve(name);
    }

    private void whole(FuzzRun run, Path file, int count) throws IOException {
        Path mutant = folder.resolve(String.valueOf(file.getFileName()));
        run.over(mutant, Files.readAllBytes(file), count, this::openAndRead);
    }

    private void heads(FuzzRun run, byte[] file, int length, int count) throws IOException {
        byte[] head = Arrays.copyOf(file, length);
        run.over(folder.resolve("head"), head, file.length - length, count, this::openAndRead);
    }

    private void openAndRead(Path file) throws IOException {
        MemorySegment target = MemorySegment.ofArray(piece);
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            for (TensorSource tensor : checkpoint.tensors().values()) {
                long block = tensor.type().blockElements();
                long most = Math.min(PIECE / block * block, tensor.elementCount());
                tensor.read(0, most, target);
                tensor.read(tensor.elementCount() - most, most, target);
            }
        }
    }
}
