package dev.kaya.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void runsEveryPartExactlyOnceAndShowsItsWrites(int threads) {
        try (var pool = new WorkerPool(threads)) {
            for (int round = 0; round < 5_000; round++) {
                int parts = round % 67;
                int[] written = new int[parts];
                var runs = new AtomicIntegerArray(Math.max(1, parts));
                pool.run(
                        parts,
                        (part, thread) -> {
                            runs.incrementAndGet(part);
                            written[part] = part + 1;
                        });
                for (int part = 0; part < parts; part++) {
                    assertThat(runs.get(part)).isEqualTo(1);
                    assertThat(written[part]).isEqualTo(part + 1);
                }
            }
        }
    }

    @Test
    void singlePartsStayOnTheCaller() {
        try (var pool = new WorkerPool(4)) {
            Thread[] seen = new Thread[1];
            pool.run(1, (part, thread) -> seen[0] = Thread.currentThread());
            assertThat(seen[0]).isSameAs(Thread.currentThread());
        }
    }

    @Test
    void anExceptionInAPartReachesTheCallerAndThePoolGoesOn() {
        try (var pool = new WorkerPool(2)) {
            assertThatThrownBy(
                            () ->
                                    pool.run(
                                            10,
                                            (part, thread) -> {
                                                if (part == 7) {
                                                    throw new IllegalStateException("part 7");
                                                }
                                            }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("part 7");
            int[] sum = new int[10];
            pool.run(10, (part, thread) -> sum[part] = 1);
            assertThat(sum).containsOnly(1);
        }
    }

    @Test
    void refusesLessThanOneThread() {
        assertThatThrownBy(() -> new WorkerPool(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be at least 1; given 0");
    }
}
