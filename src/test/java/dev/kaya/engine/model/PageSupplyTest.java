package dev.kaya.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PageSupplyTest {

    private final List<Runnable> tasks = new ArrayList<>();
    private final List<KvPage> pages = new ArrayList<>();

    private KvPage make() {
        var page = new KvPage(KvPoolTest.CONFIG, KvCacheType.F32);
        pages.add(page);
        return page;
    }

    @Test
    void withoutAnExecutorEachIsMadeWhereItIsNeeded() {
        var supply = new PageSupply(this::make, 2, null);
        supply.expect(2);
        assertThat(pages).isEmpty();

        assertThat(supply.take()).isSameAs(pages.getFirst());
        assertThat(supply.take()).isSameAs(pages.getLast());
        assertThat(supply.take()).isNull();
        assertThat(supply.made()).isEqualTo(2);
    }

    @Test
    void asManyAreMadeAheadAsAreExpectedAndNoMoreThanTheMost() {
        var supply = new PageSupply(this::make, 100, tasks::add);
        supply.expect(0);
        supply.expect(-1);
        assertThat(tasks).isEmpty();
        supply.expect(3);
        supply.expect(2);
        assertThat(tasks).hasSize(3);
        supply.expect(PageSupply.MOST_AHEAD + 1);
        assertThat(tasks).hasSize(PageSupply.MOST_AHEAD);
        assertThat(supply.made()).isEqualTo(PageSupply.MOST_AHEAD);
    }

    @Test
    void nobodyMakesMoreThanThereMayBe() {
        var supply = new PageSupply(this::make, 3, tasks::add);
        assertThat(supply.take()).isSameAs(pages.getFirst());
        supply.expect(8);
        assertThat(tasks).hasSize(2);
        tasks.forEach(Runnable::run);
        supply.expect(8);

        assertThat(supply.take()).isSameAs(pages.get(1));
        assertThat(supply.take()).isSameAs(pages.get(2));
        assertThat(supply.take()).isNull();
        assertThat(tasks).hasSize(2);
        assertThat(supply.made()).isEqualTo(3);
    }

    @Test
    void whoTakesOneThatIsBeingMadeWaitsForIt() throws InterruptedException {
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            var begun = new AtomicInteger();
            var supply =
                    new PageSupply(
                            () -> {
                                begun.incrementAndGet();
                                return new KvPage(KvPoolTest.CONFIG, KvCacheType.F32);
                            },
                            50,
                            executor);
            List<KvPage> taken = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                supply.expect(50 - i);
                taken.add(supply.take());
            }
            assertThat(taken).doesNotContainNull().doesNotHaveDuplicates().hasSize(50);
            assertThat(supply.take()).isNull();
            executor.shutdown();
            assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            assertThat(begun).hasValue(50);
        }
    }

    @Test
    void aPageThatCouldNotBeMadeIsNotCounted() {
        var supply =
                new PageSupply(
                        () -> {
                            throw new OutOfMemoryError("full");
                        },
                        5,
                        Runnable::run);
        supply.expect(1);

        assertThatThrownBy(supply::take).isInstanceOf(OutOfMemoryError.class).hasMessage("full");
        assertThat(supply.made()).isZero();
        assertThatThrownBy(supply::take).hasMessage("full");
        assertThat(supply.made()).isZero();
    }
}
