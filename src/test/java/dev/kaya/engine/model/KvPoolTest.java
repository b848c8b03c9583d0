package dev.kaya.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.Dimensions;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.Normalization;
import dev.kaya.engine.model.TransformerConfig.Positions;
import dev.kaya.engine.model.TransformerConfig.SlidingWindow;
import dev.kaya.engine.tensor.kernel.Activation;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Room and pages of sequences that begin alike. Keys and values here are the sum of the tokens up
 * to their position, as in a model they depend on those tokens alone.
 */
class KvPoolTest {

    private static final int PAGE = Kernels.PAGE;

    static final TransformerConfig CONFIG =
            new TransformerConfig(
                    new Dimensions(8, 10 * PAGE, 2, 1),
                    new AttentionShape(1, 1, 2),
                    SlidingWindow.NONE,
                    Positions.LEARNED,
                    new Normalization(NormKind.LAYER_NORM, 1e-5f, false, true, false),
                    new FeedForward(2, Activation.RELU, false));

    /** A sequence that computes nothing but sums. */
    private static final class Writer {
        final int[] tokens;
        final KvCache cache;
        int computed;

        Writer(int[] tokens, KvCache cache) {
            this.tokens = tokens;
            this.cache = cache;
            computed = cache.reused();
        }

        void computeTo(int positions) {
            while (computed < positions) {
                cache.prepare(computed);
                float sum = sum(tokens, computed);
                cache.page(computed / PAGE)
                        .write(0, computed % PAGE, new float[] {sum, -sum, sum + 1, 7}, 0, 2);
                computed++;
            }
            cache.offer(tokens, computed);
        }

        void assertIntact() {
            float[] widened = new float[2 * PAGE];
            for (int position = 0; position < computed; position++) {
                KvPage page = cache.page(position / PAGE);
                float sum = sum(tokens, position);
                int slot = position % PAGE;
                float[] keys = page.keys(KernelProvider.scalar(), 0, widened);
                assertThat(keys[slot]).isEqualTo(sum);
                assertThat(keys[PAGE + slot]).isEqualTo(-sum);
                float[] values = page.values(KernelProvider.scalar(), 0, widened);
                assertThat(values[2 * slot]).isEqualTo(sum + 1);
                assertThat(values[2 * slot + 1]).isEqualTo(7);
            }
        }

        /** Small enough for bfloat16 to be exact. */
        private static float sum(int[] tokens, int position) {
            int sum = 0;
            for (int i = 0; i <= position; i++) {
                sum = (sum * 5 + tokens[i]) % 127;
            }
            return sum;
        }
    }

    private static KvPool pool(int capacity) {
        return new KvPool(CONFIG, KvCacheType.F32, capacity);
    }

    private static Writer writer(KvPool pool, int[] tokens, int positions, boolean shares) {
        return new Writer(tokens, Objects.requireNonNull(pool.reserve(positions, tokens, shares)));
    }

    /** {@code common} tokens that all begin with, then some of its own. */
    private static int[] tokens(int common, int length, int own) {
        int[] tokens = new int[length];
        for (int i = 0; i < length; i++) {
            tokens[i] = i < common ? i % 7 : (i * own) % 8;
        }
        return tokens;
    }

    @Test
    void aSequenceThatBeginsLikeAnEndedOneTakesOverItsPages() {
        KvPool pool = pool(8);
        Writer first = writer(pool, tokens(200, 200, 1), 200, true);
        assertThat(first.cache.reused()).isZero();
        first.computeTo(200);
        first.cache.close();
        assertThat(pool.reserved()).isZero();
        assertThat(pool.known()).isEqualTo(3);

        // Of its 150 first tokens two whole pages are taken over, and nothing of the third.
        Writer second = writer(pool, tokens(150, 200, 3), 200, true);

        assertThat(second.cache.reused()).isEqualTo(128);
        assertThat(pool.reserved()).isEqualTo(4);
        second.computeTo(200);
        second.assertIntact();
        second.cache.close();
        assertThat(pool.reserved()).isZero();
        assertThat(pool.known()).isEqualTo(4);
    }

    @Test
    void theLastTokenOfAPromptIsAlwaysComputed() {
        KvPool pool = pool(4);
        int[] tokens = tokens(128, 128, 1);
        Writer first = writer(pool, tokens, 128, true);
        first.computeTo(128);

        assertThat(writer(pool, tokens, 128, true).cache.reused()).isEqualTo(64);
        assertThat(pool.reserved()).isEqualTo(3); // the second page is its own
    }

    @Test
    void whoRunsAtTheSameTimeSharesPagesAndTheirCharge() {
        KvPool pool = pool(8);
        int[] tokens = tokens(200, 200, 1);
        Writer first = writer(pool, tokens, 200, true);
        first.computeTo(130);
        Writer second = writer(pool, tokens, 200, true);
        assertThat(second.cache.reused()).isEqualTo(128);
        assertThat(pool.reserved()).isEqualTo(4 + 2);

        first.cache.close(); // two pages are read by the second only, from now on
        assertThat(pool.reserved()).isEqualTo(4);
        second.computeTo(200);
        second.assertIntact();
        second.cache.close();
        assertThat(pool.reserved()).isZero();
    }

    @Test
    void twoThatComputeTheSameTokensKeepOnePage() {
        KvPool pool = pool(8);
        int[] tokens = tokens(200, 200, 1);
        Writer first = writer(pool, tokens, 200, true);
        Writer second = writer(pool, tokens, 200, true);
        first.computeTo(192);
        second.computeTo(192);

        assertThat(pool.known()).isEqualTo(3);
        assertThat(pool.reserved()).isEqualTo(4 + 1);
        first.cache.close();
        second.assertIntact();
        second.cache.close();
        assertThat(pool.reserved()).isZero();
        assertThat(pool.known()).isEqualTo(3);
    }

    @Test
    void whoMayWriteToItsFirstPagesAgainCopiesThem() {
        KvPool pool = pool(10);
        int[] tokens = tokens(200, 200, 1);
        Writer first = writer(pool, tokens, 200, true);
        first.computeTo(200);
        Writer second = writer(pool, tokens, 200, false);
        assertThat(second.cache.reused()).isEqualTo(192);
        assertThat(pool.reserved()).isEqualTo(4 + 4);

        second.computed = 0; // the window has moved
        second.computeTo(200);
        int[] other = tokens(0, 200, 3);
        var moved = new Writer(other, second.cache);
        moved.computed = 0;
        moved.computeTo(200);

        first.assertIntact();
        moved.assertIntact();
        second.cache.close();
        first.cache.close();
        assertThat(pool.reserved()).isZero();
        assertThat(pool.known()).isEqualTo(3);
    }

    @Test
    void aSequenceGoesOnFromAnotherThatStillRuns() {
        KvPool pool = pool(10);
        int[] tokens = tokens(200, 200, 1);
        Writer first = writer(pool, tokens, 200, true);
        first.computeTo(150);
        for (boolean shares : new boolean[] {false, true}) {
            KvCache room = Objects.requireNonNull(pool.reserve(200, tokens, shares));
            room.continueFrom(first.cache, 149);
            assertThat(room.reused()).isEqualTo(149);
            var next = new Writer(tokens, room);
            next.computeTo(200);
            next.assertIntact();
            room.close();
        }
        first.cache.close();
        assertThat(pool.reserved()).isZero();
    }

    @Test
    void theLeastRecentlyUsedPagesMakeRoom() {
        KvPool pool = pool(4);
        for (int own : new int[] {1, 3}) {
            Writer writer = writer(pool, tokens(0, 128, own), 128, true);
            writer.computeTo(128);
            writer.cache.close();
        }
        assertThat(pool.known()).isEqualTo(4);
        writer(pool, tokens(0, 129, 1), 129, true).cache.close(); // used again

        Writer third = writer(pool, tokens(0, 65, 5), 65, true);
        third.computeTo(65);

        assertThat(pool.known()).isEqualTo(3);
        third.cache.close();
        assertThat(known(pool, tokens(0, 129, 1))).isEqualTo(128);
        assertThat(known(pool, tokens(0, 129, 3))).isLessThan(128);
        assertThat(pool.bytes()).isEqualTo(pool.capacityBytes());
    }

    private static int known(KvPool pool, int[] tokens) {
        try (KvCache cache = Objects.requireNonNull(pool.reserve(tokens.length, tokens, true))) {
            return cache.reused();
        }
    }

    @Test
    void roomIsRefusedWhenItIsShortAndAnErrorWhenItCouldNeverBe() {
        KvPool pool = pool(2);
        KvCache cache = Objects.requireNonNull(pool.reserve(PAGE + 1));
        assertThat(pool.reserve(1)).isNull();
        assertThat(pool.reserve(1, new int[] {1}, true)).isNull();
        assertThat(pool.reserve(1, new int[] {1}, false)).isNull();
        assertThatThrownBy(() -> pool.reserve(2 * PAGE + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("129 positions need 3 KV pages of 2");
        cache.close();
        cache.close();
        assertThat(pool.reserved()).isZero();
        assertThatThrownBy(() -> pool(0)).hasMessage("KV pages must be at least 1; given 0");
    }

    /** 130 positions need three pages; ten sequences of one page each then need nine new ones. */
    @Test
    void pagesAreMadeAheadAsLongAsSequencesMayTakeMore() {
        List<Runnable> making = new ArrayList<>();
        var pool = new KvPool(CONFIG, KvCacheType.F32, 20, PrefixSharing.SHARED, making::add);
        long page = KvPool.pageBytes(CONFIG, KvCacheType.F32);

        Writer writer = writer(pool, tokens(0, 130, 1), 130, true);
        assertThat(making).hasSize(3);
        assertThat(pool.bytes()).isEqualTo(3 * page);
        runAll(making);
        writer.computeTo(130);
        assertThat(making).isEmpty();
        writer.assertIntact();
        writer.cache.close(); // two pages are known, the third is free
        writer(pool, tokens(0, 130, 1), 130, true).cache.close(); // needs no other
        assertThat(making).isEmpty();

        List<KvCache> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            others.add(Objects.requireNonNull(pool.reserve(1)));
        }
        assertThat(making).hasSize(PageSupply.MOST_AHEAD);
        for (KvCache other : others) {
            runAll(making);
            other.prepare(0);
        }
        assertThat(making).isEmpty();
        assertThat(pool.bytes()).isEqualTo(12 * page);
        others.forEach(KvCache::close);
        assertThat(pool.reserved()).isZero();
    }

    private static void runAll(List<Runnable> tasks) {
        tasks.forEach(Runnable::run);
        tasks.clear();
    }

    /**
     * Ten thousand events in the life of sequences of a few beginnings, in a pool that is short and
     * makes pages where they are needed, or ahead.
     */
    @ParameterizedTest
    @CsvSource({"F32, false", "F32, true", "BF16, false", "BF16, true"})
    void nothingIsLostOrMixedUpWhateverHappens(KvCacheType type, boolean ahead) {
        var pool = new KvPool(CONFIG, type, 12, PrefixSharing.SHARED, ahead ? Runnable::run : null);
        var random = new Random(7);
        List<Writer> running = new ArrayList<>();
        int reused = 0;
        for (int event = 0; event < 10_000; event++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    Writer begun = begin(pool, random, running);
                    if (begun != null) {
                        reused += begun.cache.reused();
                        running.add(begun);
                    }
                }
                case 1 -> {
                    if (!running.isEmpty()) {
                        running.remove(random.nextInt(running.size())).cache.close();
                    }
                }
                default -> advance(running, random);
            }
            assertThat(pool.reserved()).isBetween(0, pool.capacity());
            assertThat(pool.bytes()).isLessThanOrEqualTo(pool.capacityBytes());
            if (event % 50 == 0) {
                running.forEach(Writer::assertIntact);
            }
        }
        assertThat(reused).isGreaterThan(50_000);
        running.forEach(writer -> writer.cache.close());
        assertThat(pool.reserved()).isZero();
    }

    private static @Nullable Writer begin(KvPool pool, Random random, List<Writer> running) {
        int[] tokens = tokens(random.nextInt(260), 300, 1 + 2 * random.nextInt(3));
        int length = 1 + random.nextInt(250);
        boolean shares = random.nextInt(4) > 0;
        KvCache room = pool.reserve(300, Arrays.copyOf(tokens, length), shares);
        if (room == null) {
            return null;
        }
        for (Writer other : running) {
            int common = Arrays.mismatch(tokens, other.tokens);
            int positions = Math.min(length - 1, other.computed);
            if ((common < 0 || common >= positions) && random.nextBoolean()) {
                room.continueFrom(other.cache, positions);
                break;
            }
        }
        return new Writer(tokens, room);
    }

    private static void advance(List<Writer> running, Random random) {
        if (!running.isEmpty()) {
            Writer writer = running.get(random.nextInt(running.size()));
            writer.computeTo(Math.min(300, writer.computed + random.nextInt(100)));
        }
    }
}
