package dev.kaya.engine.checkpoint.llama2c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.TestCheckpoints;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.checkpoint.folder.Container;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where each tensor lies was worked out by hand from {@code legacy_export} and {@code
 * version1_export} of llama2.c's {@code export.py}: two layers of length 4 with two heads, one head
 * of keys and values, a feed-forward layer of 3, five tokens, six positions. The elements are the
 * numbers 0, 1, 2 …, so the first element of a tensor is its place.
 */
class Llama2cReaderTest {

    private static final Path FOLDER = Path.of("src/test/resources/llama2c");
    private static final int EMBEDDING = 5 * 4;
    private static final int NORMS = 2 * 4;
    private static final int SQUARE = 4 * 4;
    private static final int KEYS = 2 * 4;
    private static final int WIDE = 3 * 4;
    private static final int LAYER_MATRICES = 2 * SQUARE + 2 * KEYS + 3 * WIDE;
    private static final int ROTARY = 6 * 2;

    /** Elements of version 0 with a shared head. */
    private static final int ELEMENTS = EMBEDDING + 2 * NORMS + 2 * LAYER_MATRICES + 4 + ROTARY;

    @TempDir Path folder;

    @Test
    void findsTheTensorsOfTheFormatWithoutAMagicNumber() throws IOException {
        try (Checkpoint checkpoint = open(version0(5, ELEMENTS))) {
            assertThat(checkpoint.format()).isEqualTo("llama2.c");
            assertThat(checkpoint.tensors()).hasSize(2 + 2 * 9);
            int at = check(checkpoint, "tok_embeddings.weight", 0, 5, 4);
            at = checkLayers(checkpoint, "attention_norm.weight", at, 4);
            at = checkAttention(checkpoint, at);
            at = checkLayers(checkpoint, "ffn_norm.weight", at, 4);
            at = checkFeedForward(checkpoint, at);
            at = check(checkpoint, "norm.weight", at, 4);
            assertThat(at).isEqualTo(ELEMENTS - ROTARY);
        }
    }

    @Test
    void readsTheHeadBehindTheRotaryTablesWhenTheVocabularyIsNegative() throws IOException {
        try (Checkpoint checkpoint = open(version0(-5, ELEMENTS + EMBEDDING))) {
            assertThat(checkpoint.tensors()).hasSize(3 + 2 * 9);
            check(checkpoint, "output.weight", ELEMENTS, 5, 4);
            assertThat(checkpoint.metadata()).containsEntry("vocab_size", 5L);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 20", "0, 21"})
    void findsTheTensorsOfVersion1(int shared, int tensors) throws IOException {
        int elements = ELEMENTS - ROTARY + (shared == 1 ? 0 : EMBEDDING);
        try (Checkpoint checkpoint = open(version(1, shared, elements))) {
            assertThat(checkpoint.tensors()).hasSize(tensors);
            int at = checkLayers(checkpoint, "attention_norm.weight", 0, 4);
            at = checkLayers(checkpoint, "ffn_norm.weight", at, 4);
            at = check(checkpoint, "norm.weight", at, 4);
            at = check(checkpoint, "tok_embeddings.weight", at, 5, 4);
            at = checkAttention(checkpoint, at);
            at = checkFeedForward(checkpoint, at);
            if (shared == 0) {
                at = check(checkpoint, "output.weight", at, 5, 4);
            }
            assertThat(at).isEqualTo(elements);
        }
    }

    /** What llama2.c's own export has written holds what PyTorch had: see README.md beside it. */
    @ParameterizedTest
    @CsvSource({
        "version0.bin, model.pt", "version1.bin, model.pt",
        "version0-untied.bin, model-untied.pt", "version1-untied.bin, model-untied.pt",
    })
    void readsWhatLlama2cHasExported(String exported, String saved) throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve(exported));
                Checkpoint original = CheckpointReader.open(FOLDER.resolve(saved))) {
            Set<String> names = new HashSet<>(original.tensors().keySet());
            if (saved.equals("model.pt")) {
                names.remove("output.weight");
            }
            assertThat(checkpoint.tensors().keySet()).isEqualTo(names);
            for (TensorSource tensor : checkpoint.tensors().values()) {
                TensorSource expected =
                        Objects.requireNonNull(original.tensors().get(tensor.name()));
                assertThat(tensor.shape()).isEqualTo(expected.shape());
                assertThat(TestCheckpoints.floats(tensor))
                        .isEqualTo(TestCheckpoints.floats(expected));
            }
        }
    }

    @Test
    void tellsTheSizesUnderTheNamesOfLlama() throws IOException {
        try (Checkpoint checkpoint = open(version0(5, ELEMENTS))) {
            assertThat(checkpoint.metadata())
                    .isEqualTo(
                            Map.of(
                                    "dim", 4L,
                                    "hidden_dim", 3L,
                                    "n_layers", 2L,
                                    "n_heads", 2L,
                                    "n_kv_heads", 1L,
                                    "vocab_size", 5L,
                                    "max_seq_len", 6L,
                                    "norm_eps", 1e-5,
                                    "rope_theta", 10_000.0));
        }
    }

    /** A length of 640 begins with the bytes of a pickle of protocol 2. */
    @Test
    void isNotTakenForAPickle() throws IOException {
        long elements = 5 * 640 + 2 * (2 * 640 + 2 * 640 * 640 + 2 * 320 * 640 + 3 * 3 * 640) + 640;
        ByteBuffer file = ByteBuffer.allocate((int) (28 + 4 * (elements + 6 * 320)));
        sizes(file.order(ByteOrder.LITTLE_ENDIAN), 640, 5);
        try (Checkpoint checkpoint = open(file.array())) {
            assertThat(checkpoint.format()).isEqualTo("llama2.c");
        }
    }

    @Test
    void saysHowLongAFileShouldBeThatIsCutOff() {
        byte[] file = version0(5, ELEMENTS);
        assertThatThrownBy(() -> open(Arrays.copyOf(file, file.length - 4)))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("unknown kind of file")
                .hasMessageContaining(
                        "if it is a llama2.c model, it should have "
                                + file.length
                                + " bytes instead of "
                                + (file.length - 4));
        byte[] newer = version(1, 1, ELEMENTS - ROTARY);
        assertRefused(
                Arrays.copyOf(newer, newer.length + 1),
                "this llama2.c file has "
                        + (newer.length + 1)
                        + " bytes, but by the sizes at its head it needs "
                        + newer.length
                        + "; it is cut off or damaged");
    }

    @Test
    void refusesTheEightBitVersionByName() {
        assertRefused(
                version(2, 1, 10),
                "this llama2.c file has version 2, in 8 bits; export the model again with --version"
                        + " 0 or --version 1");
    }

    @Test
    void refusesSizesThatAreNoModels() {
        byte[] file = version(1, 1, 10);
        Arrays.fill(file, 8, 12, (byte) 0xff);
        assertRefused(file, "the sizes at the head of this llama2.c file are not those of a model");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0, -4",
        "0, 6",
        "0, 2147483647",
        "1, 0",
        "1, 2147483647",
        "2, -1",
        "2, 2147483647",
        "3, 0",
        "3, 3",
        "3, 4",
        "4, 0",
        "4, 3",
        "5, 0",
        "5, -2147483648",
        "6, 0",
        "6, -1",
    })
    void sizesOutOfBoundsMakeNoHeader(int index, int value) throws IOException {
        byte[] file = version0(5, ELEMENTS);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4 * index, value);
        assertThat(Container.of(Files.write(folder.resolve("file"), file)))
                .isEqualTo(Container.UNKNOWN);
    }

    private static int checkAttention(Checkpoint checkpoint, int at) throws IOException {
        int next = checkLayers(checkpoint, "attention.wq.weight", at, 4, 4);
        next = checkLayers(checkpoint, "attention.wk.weight", next, 2, 4);
        next = checkLayers(checkpoint, "attention.wv.weight", next, 2, 4);
        return checkLayers(checkpoint, "attention.wo.weight", next, 4, 4);
    }

    private static int checkFeedForward(Checkpoint checkpoint, int at) throws IOException {
        int next = checkLayers(checkpoint, "feed_forward.w1.weight", at, 3, 4);
        next = checkLayers(checkpoint, "feed_forward.w2.weight", next, 4, 3);
        return checkLayers(checkpoint, "feed_forward.w3.weight", next, 3, 4);
    }

    private static int checkLayers(Checkpoint checkpoint, String name, int at, long... shape)
            throws IOException {
        int next = check(checkpoint, "layers.0." + name, at, shape);
        return check(checkpoint, "layers.1." + name, next, shape);
    }

    /** Checks a tensor's shape and place, and tells where the next one begins. */
    private static int check(Checkpoint checkpoint, String name, int at, long... shape)
            throws IOException {
        TensorSource tensor = Objects.requireNonNull(checkpoint.tensors().get(name), name);
        assertThat(tensor.type()).isEqualTo(DataType.F32);
        assertThat(tensor.shape()).as(name).isEqualTo(Arrays.stream(shape).boxed().toList());
        float[] values = TestCheckpoints.floats(tensor);
        assertThat(List.of(values[0], values[values.length - 1]))
                .as(name)
                .isEqualTo(List.of((float) at, (float) at + values.length - 1));
        return at + values.length;
    }

    private static byte[] version0(int vocabulary, int elements) {
        byte[] file = new byte[28 + 4 * elements];
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        sizes(buffer, 4, vocabulary);
        count(buffer);
        return file;
    }

    private static byte[] version(int version, int shared, int elements) {
        byte[] file = new byte[256 + 4 * elements];
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(0x616b3432).putInt(version);
        sizes(buffer, 4, 5);
        buffer.put((byte) shared).position(256);
        count(buffer);
        return file;
    }

    private static void sizes(ByteBuffer file, int dim, int vocabulary) {
        for (int size : new int[] {dim, 3, 2, 2, 1, vocabulary, 6}) {
            file.putInt(size);
        }
    }

    private static void count(ByteBuffer file) {
        for (int i = 0; file.hasRemaining(); i++) {
            file.putFloat(i);
        }
    }

    private Checkpoint open(byte[] bytes) throws IOException {
        return CheckpointReader.open(Files.write(folder.resolve("file"), bytes));
    }

    private void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> open(bytes))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + reason);
    }
}
