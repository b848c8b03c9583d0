package dev.kaya.service.bound;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private final MemoryBudget budget = new MemoryBudget(1_000);

    @Test
    void givesAQuarterOfWhatIsFreeAndNotAByteMore() {
        assertThat(budget.mostForOne()).isEqualTo(250);
        assertThat(budget.reserve(251)).isNull();
        assertThat(budget.reserve(250)).isNotNull();
        assertThat(budget.reserve(188)).isNull(); // of 750 that are left
        assertThat(budget.reserve(187)).isNotNull();
        assertThat(budget.taken()).isEqualTo(437);
    }

    @Test
    void theLargeNeverShutOutTheSmall() {
        while (budget.reserve(100) != null) {
            assertThat(budget.taken()).isLessThan(1_000);
        }
        assertThat(budget.taken()).isEqualTo(700);
        assertThat(budget.reserve(75)).isNotNull();
        assertThat(budget.reserve(10)).isNotNull();
    }

    @Test
    void growsByTheSameRuleAndNotInPart() {
        MemoryBudget.Reservation held = requireNonNull(budget.reserve(200));
        assertThat(held.grow(201)).isFalse();
        assertThat(budget.taken()).isEqualTo(200);
        assertThat(held.grow(200)).isTrue();
        assertThat(budget.taken()).isEqualTo(400);
    }

    @Test
    void givesAllBackOnce() {
        MemoryBudget.Reservation held = requireNonNull(budget.reserve(100));
        MemoryBudget.Reservation other = requireNonNull(budget.reserve(50));
        assertThat(held.grow(10)).isTrue();
        held.close();
        held.close();
        assertThat(budget.taken()).isEqualTo(50);
        other.close();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void refusesANegativeNumberOfBytes() {
        assertThatThrownBy(() -> budget.reserve(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MemoryBudget(3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyAtOnceNeverTakeMoreThanThereIs() {
        var shared = new MemoryBudget(100_000);
        List<CompletableFuture<Void>> takers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            takers.add(CompletableFuture.runAsync(() -> takeAndGiveBack(shared)));
        }
        takers.forEach(CompletableFuture::join);
        assertThat(shared.taken()).isZero();
    }

    private static void takeAndGiveBack(MemoryBudget shared) {
        for (int i = 1; i <= 2_000; i++) {
            MemoryBudget.Reservation held = shared.reserve(i * 7 % 20_000);
            if (held != null) {
                assertThat(shared.taken()).isBetween(0L, 100_000L);
                held.close();
            }
        }
    }
}
