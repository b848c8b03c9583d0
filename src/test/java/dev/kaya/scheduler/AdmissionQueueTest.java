package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.scheduler.EngineRequest.Prompt;
import dev.kaya.scheduler.EngineRequest.StopRules;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionQueueTest {

    private static final long SECOND = 1_000_000_000L;

    private final AdmissionQueue line = new AdmissionQueue(new LoopSettings.Queue(3, 100));
    private long now = 50 * SECOND;

    private static EngineRequest task(int promptLength, long deadlineNanos) {
        return EngineRequest.single(
                new Prompt(new int[promptLength]),
                SamplingParams.GREEDY,
                StopRules.after(1, deadlineNanos),
                0);
    }

    private static EngineRequest task(int promptLength) {
        return task(promptLength, Long.MAX_VALUE);
    }

    private QueueFullException refusal(EngineRequest task) {
        int before = line.length();
        var refusal = catchThrowableOfType(QueueFullException.class, () -> line.join(task, now));
        assertThat(line.length()).isEqualTo(before);
        return refusal;
    }

    @Test
    void asManyTasksWaitAsMay() throws QueueFullException {
        line.join(task(1), now);
        line.join(task(1), now);
        line.join(task(1), now);

        QueueFullException refusal = refusal(task(1));

        assertThat(refusal).hasMessage("the queue of 3 requests is full");
        assertThat(refusal.capacity()).isEqualTo(3);
        assertThat(refusal.isTooSlow()).isFalse();
        line.leave(task(1));
        line.join(task(1), now);
    }

    @Test
    void asManyPromptTokensWaitAsMay() throws QueueFullException {
        line.join(task(60), now);
        line.join(task(40), now);

        QueueFullException refusal = refusal(task(1));

        assertThat(refusal).hasMessage("the queue of 100 prompt tokens is full");
        assertThat(refusal.capacity()).isEqualTo(100);
        line.leave(task(40));
        line.join(task(40), now);
    }

    @Test
    void aPromptOfAnyLengthMayWaitAlone() throws QueueFullException {
        line.join(task(5_000), now);

        assertThat(refusal(task(1))).hasMessage("the queue of 100 prompt tokens is full");
    }

    /** One admission in two seconds: the third in line would wait for four. */
    @Test
    void whoseDeadlineComesBeforeItsTurnIsRefusedAtOnce() throws QueueFullException {
        for (int i = 0; i < 2; i++) {
            line.join(task(1), now);
        }
        line.join(task(1), now);
        for (int i = 0; i < 30; i++) {
            now += 2 * SECOND;
            line.admitted(task(1), now);
            line.join(task(1), now);
        }
        line.leave(task(1)); // two wait

        QueueFullException refusal = refusal(task(1, now + 4 * SECOND - 1));

        assertThat(refusal)
                .hasMessage("the wait in the queue, about 4 s, is longer than the deadline");
        assertThat(refusal.isTooSlow()).isTrue();
        assertThat(refusal.capacity()).isEqualTo(4);
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(4));
        line.join(task(1, now + 4 * SECOND), now);
    }

    @Test
    void whoFindsNobodyWaitingIsNeverTooLate() throws QueueFullException {
        line.join(task(1, now - 1), now);

        assertThat(line.length()).isEqualTo(1);
    }
}
