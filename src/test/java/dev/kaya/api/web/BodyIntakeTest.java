package dev.kaya.api.web;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException.Overloaded;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Reading bodies, by a clock that moves with every read. */
class BodyIntakeTest {

    private static final int LIMIT = 100_000;
    private static final int CHUNKED = -1;

    private final MemoryBudget memory = new MemoryBudget(4_000_000);
    private long now;
    private final BodyIntake intake =
            new BodyIntake(
                    new RequestDoor.Limits(LIMIT, Duration.ofNanos(1_000)), memory, () -> now);

    /** Gives so many bytes a read, each of which takes so long. */
    private InputStream dripping(int bytes, int at, long nanos) {
        return new ByteArrayInputStream(new byte[bytes]) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                now += nanos;
                return super.read(target, offset, Math.min(length, at));
            }
        };
    }

    private byte[] read(InputStream in, long declared) throws IOException {
        try (MemoryBudget.Reservation reserved = intake.reserve(declared)) {
            return intake.read(in, declared, false, reserved);
        }
    }

    @Test
    void readsWhatIsDeclaredAndWhatIsNot() throws IOException {
        assertThat(read(dripping(50, 7, 0), 50)).hasSize(50);
        assertThat(read(dripping(0, 7, 0), 0)).isEmpty();
        assertThat(read(dripping(50_000, 777, 0), CHUNKED)).hasSize(50_000);
        assertThat(read(dripping(0, 7, 0), CHUNKED)).isEmpty();
    }

    @Test
    void readsExactlyTheLimitAndNotAByteMore() throws IOException {
        assertThat(read(dripping(LIMIT, LIMIT, 0), CHUNKED)).hasSize(LIMIT);
        assertThat(read(dripping(LIMIT, LIMIT, 0), LIMIT)).hasSize(LIMIT);
        var large =
                catchThrowableOfType(
                        BodyIntake.TooLargeException.class,
                        () -> read(dripping(LIMIT + 1, LIMIT, 0), CHUNKED));
        assertThat(large.problem().status()).isEqualTo(413);
    }

    @Test
    void aSlowBodyIsGivenUpAtItsTime() throws IOException {
        assertThat(read(dripping(10, 1, 100), 10)).hasSize(10); // at its end to the nanosecond
        now = 0;
        var slow =
                catchThrowableOfType(
                        BodyIntake.TooSlowException.class, () -> read(dripping(11, 1, 100), 11));
        assertThat(slow.problem().status()).isEqualTo(408);
        assertThat(slow.problem().code()).isEqualTo("body_too_slow");
        assertThat(memory.taken()).isZero();
    }

    @Test
    void aClientThatSendsNothingIsSlowToo() {
        InputStream silent =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new SocketTimeoutException();
                    }

                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        throw new SocketTimeoutException();
                    }
                };
        assertThat(catchThrowableOfType(BodyIntake.TooSlowException.class, () -> read(silent, 10)))
                .isNotNull();
    }

    @Test
    void holdsThreeBytesForEachWhileItIsThere() throws IOException {
        MemoryBudget.Reservation declared = intake.reserve(1_000);
        assertThat(memory.taken()).isEqualTo(3_000);
        declared.close();
        try (MemoryBudget.Reservation chunked = intake.reserve(CHUNKED)) {
            intake.read(dripping(30_000, 999, 0), CHUNKED, false, chunked);
            assertThat(memory.taken()).isEqualTo(3 * 32_768);
        }
        assertThat(memory.taken()).isZero();
    }

    @Test
    void turnsAwayWhatFindsNoMemory() {
        MemoryBudget.Reservation first = intake.reserve(LIMIT);
        for (int i = 0; memory.taken() + 4L * 3 * LIMIT <= 4_000_000; i++) {
            intake.reserve(LIMIT);
            assertThat(i).isLessThan(20);
        }
        var busy = catchThrowableOfType(Overloaded.class, () -> intake.reserve(LIMIT));
        assertThat(busy.code()).isEqualTo("too_busy");
        assertThat(requireNonNull(memory.reserve(1_000))).isNotNull(); // the small still get in
        first.close();
        assertThat(intake.reserve(LIMIT)).isNotNull();
    }

    @Test
    void turnsAwayWhatGrowsBeyondItsShare() {
        var tight = new MemoryBudget(300_000);
        var small =
                new BodyIntake(new RequestDoor.Limits(LIMIT, Duration.ofDays(1)), tight, () -> now);
        try (MemoryBudget.Reservation chunked = small.reserve(CHUNKED)) {
            assertThat(
                            catchThrowableOfType(
                                    Overloaded.class,
                                    () ->
                                            small.read(
                                                    dripping(LIMIT, LIMIT, 0),
                                                    CHUNKED,
                                                    false,
                                                    chunked)))
                    .isNotNull();
        }
        assertThat(tight.taken()).isZero();
    }
}
