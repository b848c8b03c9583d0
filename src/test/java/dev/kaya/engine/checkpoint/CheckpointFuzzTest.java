package dev.kaya.engine.checkpoint;

import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static dev.kaya.engine.checkpoint.TestCheckpoints.shipped;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files in great number, the same ones each time. Whatever is done to a file, opening it
 * gives a checkpoint whose tensors can all be read, or a {@link MalformedCheckpointException};
 * anything else that is thrown fails the test.
 */
class CheckpointFuzzTest {

    private static final long SEED = 20240607;
    private static final int MUTANTS = 400;

    @TempDir Path folder;

    private int opened;
    private int refused;

    /** Opens and reads a file. */
    private interface Reading {
        void read(Path file) throws IOException;
    }

    @Test
    void damagedSafetensorsAreReadOrRefused() throws IOException {
        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]}}";
        byte[] file =
                ByteBuffer.allocate(8 + header.length() + 32)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length())
                        .put(header.getBytes(StandardCharsets.UTF_8))
                        .array();
        mutate(file, 0, file.length, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedZipDirectoriesAreReadOrRefused() throws IOException {
        byte[] file = smallTorchFile();
        mutate(file, file.length - 400, file.length, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedTensorPicklesAreReadOrRefused() throws IOException {
        byte[] file = smallTorchFile();
        mutate(file, 30, file.length - 400, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedTorchFilesAreReadOrRefused() throws IOException {
        byte[] file = Files.readAllBytes(fixture("nanogpt-char/ckpt.pt"));
        mutate(file, 0, 3300, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedGgufFilesAreReadOrRefused() throws IOException {
        byte[] file =
                GgufBytes.header(2, 4)
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
        mutate(file, 0, file.length, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedHeadsOfGgufModelsAreReadOrRefused() throws IOException {
        byte[] file = Files.readAllBytes(fixture("gguf-llama/model-q8_0.gguf"));
        mutate(file, 0, 12_200, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedPicklesAreReadOrRefused() throws IOException {
        byte[] file = Files.readAllBytes(fixture("nanogpt-char/meta.pkl"));
        mutate(file, 0, file.length, PickleFile::read);
    }

    @Test
    void damagedJsonWeightsAreReadOrRefused() throws IOException {
        byte[] file =
                "{\"metadata\": {\"uchars\": [\"a\"], \"n\": 1}, \"weights\": {\"wte\": [[0.25, -1],[3e1, 4]]}}"
                        .getBytes(StandardCharsets.UTF_8);
        mutate(file, 0, file.length, CheckpointFuzzTest::openAndRead);
    }

    @Test
    void damagedConfigsAreReadOrRefused() throws IOException {
        byte[] file = Files.readAllBytes(shipped("stories/config.json"));
        mutate(file, 0, file.length, JsonFile::read);
    }

    private static byte[] smallTorchFile() {
        byte[] pickle =
                new PickleBytes()
                        .op('}', '(')
                        .text("model")
                        .op('}', '(')
                        .text("w")
                        .view("FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3})
                        .text("v")
                        .vector("1", 4)
                        .op('u')
                        .text("args")
                        .global("argparse", "Namespace")
                        .op(')', 0x81, '}')
                        .text("lr")
                        .number(3)
                        .op('s', 'b')
                        .text("step")
                        .number(70000L)
                        .op('u')
                        .stop();
        return new ZipBytes()
                .zip64()
                .entry("a/data.pkl", pickle)
                .entry("a/data/0", new byte[24])
                .entry("a/data/1", new byte[16])
                .finish();
    }

    private void mutate(byte[] original, int start, int end, Reading reading) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        Path file = folder.resolve("mutant");
        for (int i = 0; i < MUTANTS; i++) {
            Files.write(file, mutant(original, start, end, random));
            try {
                reading.read(file);
                opened++;
            } catch (MalformedCheckpointException e) {
                assertThat(e.getMessage()).startsWith(file.toString());
                refused++;
            }
        }
        assertThat(opened + refused).isEqualTo(MUTANTS);
        assertThat(refused).isPositive();
    }

    /** One to four changes inside the range: a bit, a byte, an extreme number, or a cut. */
    private static byte[] mutant(byte[] original, int start, int end, SplittableRandom random) {
        byte[] bytes = original.clone();
        int changes = random.nextInt(1, 5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(start, Math.min(end, bytes.length));
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> Arrays.fill(bytes, at, Math.min(at + 4, bytes.length), (byte) 0xff);
                case 3 -> bytes[at] = original[random.nextInt(start, end)];
                default -> {
                    if (random.nextInt(8) == 0) {
                        bytes = Arrays.copyOf(bytes, Math.max(at, start + 1));
                    }
                }
            }
        }
        return bytes;
    }

    private static void openAndRead(Path file) throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            TestCheckpoints.readAll(checkpoint);
        }
    }
}
