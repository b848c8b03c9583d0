package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The logits of a token do not depend on how they were computed: every comparison is of bits. */
class BitEqualityTest {

    @TempDir private static Path windowed;

    /** With a window that begins within a page, in some layers and heads of an odd length. */
    static Stream<Path> architectures() throws IOException {
        ReferenceModel.read("qwen3-window").write(windowed);
        return Stream.of(
                windowed,
                TestDecoder.CHECKPOINTS.resolve("names"),
                TestDecoder.CHECKPOINTS.resolve("shakespeare-char"),
                TestDecoder.CHECKPOINTS.resolve("stories"),
                TestDecoder.FIXTURES.resolve("hf-gpt2"),
                TestDecoder.FIXTURES.resolve("hf-llama"),
                TestDecoder.FIXTURES.resolve("hf-qwen3"),
                TestDecoder.FIXTURES.resolve("gguf-llama/model-q4_k_m.gguf"),
                TestDecoder.FIXTURES.resolve("gguf-llama/model-q5_1.gguf"));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void cachedDecodeMatchesFullForwardAtEveryPosition(Path path) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        try (var decoder = new TestDecoder(model)) {
            int[] ids = randomIds(decoder, decoder.context());
            float[][] cached = decoder.forward(ids, 1);
            for (int length = 1; length <= ids.length; length++) {
                float[] full = decoder.forward(Arrays.copyOf(ids, length), 0)[length - 1];
                assertThat(bits(cached[length - 1])).isEqualTo(bits(full));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void promptInChunksMatchesPromptAtOnce(Path path) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        try (var decoder = new TestDecoder(model)) {
            int[] ids = randomIds(decoder, decoder.context());
            float[][] atOnce = decoder.forward(ids, 0);
            for (int chunk : new int[] {2, 3, 5, 7, 16, 31, 32, 33, 64, 100}) {
                assertSame(decoder.forward(ids, chunk), atOnce);
            }
        }
    }

    /** Rows whose logits nobody wants leave the last block early, and those that stay move up. */
    @ParameterizedTest
    @MethodSource("architectures")
    void logitsAreTheSameWhereverElseTheyAreWanted(Path path) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        try (var decoder = new TestDecoder(model, KernelProvider.best(), 2)) {
            int[] ids = randomIds(decoder, decoder.context());
            float[][] everywhere = decoder.forward(ids, 0);
            var random = new Random(12);
            BitSet some = new BitSet();
            random.ints(ids.length / 3, 0, ids.length).forEach(some::set);
            BitSet most = (BitSet) some.clone();
            most.flip(0, ids.length);
            BitSet last = new BitSet();
            last.set(ids.length - 1);
            for (BitSet wanted : List.of(some, most, last, new BitSet())) {
                for (int chunk : new int[] {0, 7, 33}) {
                    float[][] logits = decoder.forward(ids, chunk, wanted::get);
                    for (int i = 0; i < ids.length; i++) {
                        if (wanted.get(i)) {
                            assertThat(bits(logits[i])).isEqualTo(bits(everywhere[i]));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void threadsAndKernelEditionsDoNotChangeBits(Path path) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        try (var one = new TestDecoder(model, KernelProvider.best(), 1);
                var two = new TestDecoder(model, KernelProvider.best(), 2);
                var three = new TestDecoder(model, KernelProvider.best(), 3);
                var scalar = new TestDecoder(model, KernelProvider.scalar(), 2)) {
            int[] ids = randomIds(one, one.context());
            float[][] expected = one.forward(ids, 0);
            assertSame(two.forward(ids, 0), expected);
            assertSame(two.forward(ids, 1), expected);
            assertSame(three.forward(ids, 13), expected);
            assertSame(scalar.forward(ids, 29), expected);
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void aCacheInBfloat16HasBitsOfItsOwnThatDoNotChangeEither(Path path) throws IOException {
        LoadedModel model = ModelLoader.load(path);
        KvCacheType type = KvCacheType.BF16;
        try (var exact = new TestDecoder(model);
                var one = new TestDecoder(model, KernelProvider.best(), 1, type);
                var three = new TestDecoder(model, KernelProvider.best(), 3, type);
                var scalar = new TestDecoder(model, KernelProvider.scalar(), 2, type)) {
            int[] ids = randomIds(one, one.context());
            float[][] expected = one.forward(ids, 0);
            assertSame(one.forward(ids, 1), expected);
            assertSame(three.forward(ids, 13), expected);
            assertSame(scalar.forward(ids, 29), expected);
            assertThat(bits(expected[1])).isNotEqualTo(bits(exact.forward(ids, 0)[1]));
        }
    }

    private static void assertSame(float[][] actual, float[][] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat(bits(actual[i])).isEqualTo(bits(expected[i]));
        }
    }

    private static int[] randomIds(TestDecoder decoder, int count) {
        return new Random(11).ints(count, 0, decoder.vocabulary()).toArray();
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        for (int i = 0; i < x.length; i++) {
            bits[i] = Float.floatToRawIntBits(x[i]);
        }
        return bits;
    }
}
