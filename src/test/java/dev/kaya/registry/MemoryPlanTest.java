package dev.kaya.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.PreparedModel;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.model.RopeScaling;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.weights.WeightFormat;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.scheduler.LoopSettings.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {

    private static final long MEGABYTE = 1 << 20;
    private static final Path STORIES = TestDecoder.CHECKPOINTS.resolve("stories");

    /** 2 tensors × 6 layers × 96 elements × 4 bytes. */
    private static final long STORIES_TOKEN_BYTES = 4608;

    /** Four pages for each of 32 sequences, and a third more: 170 pages of 64 positions. */
    private static final long ALL_KEY_VALUES = 170 * 64 * STORIES_TOKEN_BYTES;

    private static final RequestMemory REQUESTS =
            new RequestMemory(10 * MEGABYTE, 20 * MEGABYTE, 4 * MEGABYTE, MEGABYTE);

    @Test
    void weightsTakeWhatWasReckonedBeforeTheyWereRead() throws IOException {
        for (String name : List.of("stories", "shakespeare-char", "names")) {
            for (WeightFormat format : List.of(WeightFormat.AUTO, WeightFormat.F32)) {
                Path path = TestDecoder.CHECKPOINTS.resolve(name);
                try (PreparedModel prepared = ModelLoader.open(path, LoadOptions.of(format))) {
                    LoadedModel loaded = prepared.load();
                    // Vectors and learned positions are no matrices, and stacked ones are padded
                    // once.
                    long more = prepared.weightBytes() - loaded.card().contents().bytes();
                    assertThat(more).isBetween(0L, 400_000L);
                }
            }
        }
    }

    @Test
    void namesEveryPart() throws IOException {
        MemoryPlan plan = plan(settings(Memory.WHAT_IS_LEFT), heap(700), OptionalInt.empty());

        assertThat(plan.keyValues()).isEqualTo(ALL_KEY_VALUES);
        assertThat(plan.loop().leastKeyValues()).isEqualTo(256 * STORIES_TOKEN_BYTES);
        assertThat(plan.loop().positions()).isEqualTo(256 * 32 * Float.BYTES);
        assertThat(plan.requests()).isEqualTo(REQUESTS);
        assertThat(plan.all())
                .isEqualTo(
                        plan.weights()
                                + plan.loop().positions()
                                + plan.loop().activations()
                                + plan.loop().scratch()
                                + plan.keyValues()
                                + plan.program()
                                + 35 * MEGABYTE);
        assertThat(plan.described())
                .hasSize(11)
                .contains("keys and values 47.8 MiB", "bodies of requests 10.0 MiB");
    }

    @Test
    void withoutABoundTheKvCacheTakesWhatIsLeft() throws IOException {
        long smallest =
                plan(settings(Memory.WHAT_IS_LEFT), heap(700), OptionalInt.empty())
                        .smallestHeap(heap(700));
        MemoryPlan tight =
                plan(
                        settings(Memory.WHAT_IS_LEFT),
                        new Heap(smallest, smallest * 2 / 3),
                        OptionalInt.empty());

        assertThat(tight.keyValues()).isBetween(256 * STORIES_TOKEN_BYTES, ALL_KEY_VALUES - 1);
        assertThat(tight.fits(new Heap(smallest, smallest * 2 / 3))).isTrue();
    }

    @Test
    void theSmallestHeapIsAcceptedAndASmallerOneRefused() throws IOException {
        for (double old : new double[] {1, 2 / 3.0}) {
            Heap large = new Heap(700 * MEGABYTE, (long) (700 * MEGABYTE * old));
            LoopSettings settings = settings(Memory.WHAT_IS_LEFT);
            MemoryPlan plan = plan(settings, large, OptionalInt.empty());
            long smallest = plan.smallestHeap(large);
            Heap enough = new Heap(smallest, (long) (smallest * old));
            assertThatCode(() -> check(settings, enough)).doesNotThrowAnyException();
            long less = smallest - 48 * MEGABYTE;
            assertThatThrownBy(() -> check(settings, new Heap(less, (long) (less * old))))
                    .isInstanceOf(InsufficientMemoryException.class)
                    .hasMessageStartingWith(
                            "the model needs a heap of "
                                    + (smallest >> 20)
                                    + " MiB, and this one may have "
                                    + (less >> 20)
                                    + " MiB: weights 6.3 MiB, positions 0.0 MiB, activations ")
                    .hasMessageContaining("keys and values 1.1 MiB")
                    .hasMessageContaining("Start java with -Xmx" + (smallest >> 20) + "m")
                    .hasMessageContaining("kaya.context-length below 256");
        }
    }

    @Test
    void aKvCacheThatIsAskedForCountsWhole() throws IOException {
        long asked = 20 * MEGABYTE;
        MemoryPlan plan = plan(settings(asked), heap(700), OptionalInt.empty());
        assertThat(plan.keyValues()).isEqualTo(asked);
        assertThat(plan(settings(1000 * MEGABYTE), heap(700), OptionalInt.empty()).keyValues())
                .as("no more than is of use")
                .isEqualTo(ALL_KEY_VALUES);
        assertThatThrownBy(() -> check(settings(256 * STORIES_TOKEN_BYTES - 1), heap(700)))
                .isInstanceOf(InsufficientMemoryException.class)
                .hasMessage(
                        "kaya.kv-cache-memory must hold one full context of 256 tokens, 1,179,648"
                                + " bytes; given 1,179,647: raise it, or lower"
                                + " kaya.context-length");
        assertThatCode(() -> check(settings(256 * STORIES_TOKEN_BYTES), heap(700)))
                .doesNotThrowAnyException();
    }

    @Test
    void aShorterContextTakesLess() throws IOException {
        LoopSettings settings = settings(Memory.WHAT_IS_LEFT);
        MemoryPlan whole = plan(settings, heap(700), OptionalInt.empty());
        MemoryPlan cut = plan(settings, heap(700), OptionalInt.of(64));

        assertThat(cut.keyValues()).isEqualTo(42 * 64 * STORIES_TOKEN_BYTES);
        assertThat(cut.loop().positions()).isEqualTo(whole.loop().positions() / 4);
        assertThat(cut.loop().scratch()).isLessThan(whole.loop().scratch());
        assertThat(cut.weights()).isEqualTo(whole.weights());
    }

    /** A model such as Llama 3.2 1B: 131,072 positions of 16 layers with 8 key heads of 64. */
    @Test
    void aModelWithALongContextFitsAnOrdinaryHeapWithAShorterOne() throws IOException {
        TransformerConfig long1B = longContext(131_072, 8192);
        LoopSettings settings = settings(Memory.WHAT_IS_LEFT);
        Heap heap = heap(6000);
        long weights = 2_500 * MEGABYTE;

        assertThatThrownBy(
                        () ->
                                MemoryPlan.of(
                                                new MemoryPlan.Model(long1B, weights, 0),
                                                settings,
                                                REQUESTS,
                                                heap)
                                        .check(long1B, settings, heap))
                .isInstanceOf(InsufficientMemoryException.class)
                .hasMessageContaining("kaya.context-length below 131072");
        TransformerConfig cut = long1B.withContext(8192);
        assertThatCode(
                        () ->
                                MemoryPlan.of(
                                                new MemoryPlan.Model(cut, weights, 0),
                                                settings,
                                                REQUESTS,
                                                heap)
                                        .check(cut, settings, heap))
                .doesNotThrowAnyException();
    }

    @Test
    void arraysThatJavaCannotIndexAreRefusedInsteadOfOverflowing() {
        TransformerConfig wide = longContext(1 << 20, 32_768);
        var settings =
                new LoopSettings(
                        1,
                        4096,
                        new LoopSettings.Queue(1, 1),
                        65_536,
                        new Memory(Memory.WHAT_IS_LEFT, KvCacheType.F32, Duration.ofSeconds(1)));
        Heap heap = new Heap(1L << 50, 1L << 50);

        assertThatThrownBy(
                        () ->
                                MemoryPlan.of(
                                                new MemoryPlan.Model(wide, 1, 0),
                                                settings,
                                                REQUESTS,
                                                heap)
                                        .check(wide, settings, heap))
                .isInstanceOf(InsufficientMemoryException.class)
                .hasMessageStartingWith("no array can hold what a step of this model needs: lower");
    }

    @Test
    void theHeapOfThisProcessIsWhatTheVirtualMachineSays() {
        Heap heap = Heap.current();
        assertThat(heap.most()).isEqualTo(Runtime.getRuntime().maxMemory());
        assertThat(heap.old()).isBetween(heap.most() / 4, heap.most());
    }

    private static TransformerConfig longContext(int context, int hidden) {
        var rotary =
                new TransformerConfig.Positions(
                        TransformerConfig.PositionKind.ROTARY_HALVES,
                        500_000,
                        64,
                        RopeScaling.Linear.NONE);
        return new TransformerConfig(
                new TransformerConfig.Dimensions(128_256, context, 2048, 16),
                new TransformerConfig.AttentionShape(32, 8, 64),
                TransformerConfig.SlidingWindow.NONE,
                rotary,
                new TransformerConfig.Normalization(
                        TransformerConfig.NormKind.RMS_NORM, 1e-5f, false, true, false),
                new TransformerConfig.FeedForward(hidden, Activation.SILU, true));
    }

    private static Heap heap(long megabytes) {
        return new Heap(megabytes * MEGABYTE, megabytes * MEGABYTE * 2 / 3);
    }

    private static LoopSettings settings(long keyValueBytes) {
        return new LoopSettings(
                2,
                LoopSettings.USUAL_SEQUENCES,
                new LoopSettings.Queue(8, 1_000),
                LoopSettings.USUAL_STEP_TOKENS,
                new Memory(keyValueBytes, KvCacheType.F32, Duration.ofSeconds(30)));
    }

    private static MemoryPlan plan(LoopSettings settings, Heap heap, OptionalInt context)
            throws IOException {
        try (PreparedModel prepared =
                ModelLoader.open(STORIES, new LoadOptions(WeightFormat.AUTO, context))) {
            var model =
                    new MemoryPlan.Model(
                            prepared.config(), prepared.weightBytes(), prepared.loadingBytes());
            return MemoryPlan.of(model, settings, REQUESTS, heap);
        }
    }

    private static void check(LoopSettings settings, Heap heap) throws IOException {
        try (PreparedModel prepared = ModelLoader.open(STORIES, LoadOptions.AS_STORED)) {
            plan(settings, heap, OptionalInt.empty()).check(prepared.config(), settings, heap);
        }
    }

    /** What inspect reckons with is what the server is shipped with. */
    @Test
    void theUsualConnectionsAreThoseOfTheServer() throws IOException {
        var properties = new Properties();
        try (InputStream file = getClass().getResourceAsStream("/application.properties")) {
            properties.load(file);
        }
        assertThat(properties)
                .containsEntry(
                        "server.tomcat.max-connections",
                        Integer.toString(RequestMemory.USUAL_CONNECTIONS));
    }
}
