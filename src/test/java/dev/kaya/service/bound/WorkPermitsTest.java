package dev.kaya.service.bound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.service.fault.GenerationException.Overloaded;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkPermitsTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void letsSoManyWorkAndTheNextWhenOneIsDone() throws InterruptedException {
        var permits = new WorkPermits(2, 10, LONG);
        WorkPermits.Permit first = permits.take();
        try (WorkPermits.Permit second = permits.take()) {
            CompletableFuture<WorkPermits.Permit> third = later(permits);
            Awaitility.await().until(() -> permits.waiting() == 1);
            assertThat(third).isNotDone();
            first.close();
            first.close(); // makes no room for a fourth
            assertThat(third.join()).isNotNull();
            CompletableFuture<WorkPermits.Permit> fourth = later(permits);
            Awaitility.await().until(() -> permits.waiting() == 1);
            third.join().close();
            fourth.join().close();
            assertThat(second).isNotNull();
        }
        assertThat(permits.waiting()).isZero();
    }

    @Test
    void turnsAwayWhomeverWaitsTooLong() throws InterruptedException {
        var permits = new WorkPermits(1, 10, Duration.ofMillis(1));
        try (WorkPermits.Permit held = permits.take()) {
            var refusal = catchThrowableOfType(Overloaded.class, permits::take);
            assertThat(held).isNotNull();
            assertThat(refusal)
                    .hasMessage("the request has waited 1 ms to be read; try again later");
            assertThat(refusal.code()).isEqualTo("too_busy");
            assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(refusal.limit()).isEqualTo(1);
        }
        permits.take().close();
    }

    @Test
    void turnsAwayAtOnceWhomeverComesBehindAFullLine() throws InterruptedException {
        var permits = new WorkPermits(1, 1, LONG);
        WorkPermits.Permit held = permits.take();
        CompletableFuture<WorkPermits.Permit> waiting = later(permits);
        Awaitility.await().until(() -> permits.waiting() == 1);

        var refusal = catchThrowableOfType(Overloaded.class, permits::take);

        assertThat(refusal).hasMessage("more than 1 requests wait to be read; try again later");
        held.close();
        waiting.join().close();
        permits.take().close();
    }

    private static CompletableFuture<WorkPermits.Permit> later(WorkPermits permits) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return permits.take();
                    } catch (InterruptedException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }
}
