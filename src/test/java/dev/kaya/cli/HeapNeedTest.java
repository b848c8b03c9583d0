package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.Inspection;
import dev.kaya.engine.Inspection.Arithmetic;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.registry.MemoryPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class HeapNeedTest {

    /** 1,179,648 bytes of one full context, and 170 pages of 64 positions for 32 of them. */
    private static final long STORIES_TOKEN_BYTES = 4608;

    private static HeapNeed need(KvCacheType cache) throws IOException {
        var model = Objects.requireNonNull(Inspection.of(Path.of("checkpoints/stories")).model());
        Arithmetic arithmetic = Objects.requireNonNull(model.arithmetic());
        return HeapNeed.of(arithmetic, 2, cache);
    }

    private static long bytes(HeapNeed need, String part) {
        return need.parts().stream()
                .filter(one -> one.name().equals(part))
                .mapToLong(MemoryPlan.Part::bytes)
                .sum();
    }

    @Test
    void theSmallestHeapHoldsItsParts() throws IOException {
        HeapNeed need = need(KvCacheType.F32);

        long all = need.parts().stream().mapToLong(MemoryPlan.Part::bytes).sum();
        long keyValues = bytes(need, "keys and values");
        assertThat(need.parts()).hasSize(11);
        assertThat(bytes(need, "weights")).isBetween(6_400_000L, 6_900_000L);
        assertThat(keyValues).isBetween(256 * STORIES_TOKEN_BYTES, 170 * 64 * STORIES_TOKEN_BYTES);
        assertThat(all).isLessThanOrEqualTo(need.least());
        assertThat(need.full() - need.least()).isBetween(0L, 96L << 20);
    }

    @Test
    void halfAsLargeAKvCacheNeedsNoLargerHeap() throws IOException {
        HeapNeed single = need(KvCacheType.F32);
        HeapNeed half = need(KvCacheType.BF16);

        assertThat(half.least()).isLessThanOrEqualTo(single.least());
        assertThat(half.full()).isLessThan(single.full());
        assertThat(half.least() % (16 << 20)).isZero();
    }
}
