package dev.kaya.config;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue whose target writes a line for each permit that a test gives. */
@Timeout(60)
class LogQueueTest {

    private static final int ALL = 1_000_000;

    private static final class Pipe extends AppenderBase<ILoggingEvent> {
        private final Semaphore room = new Semaphore(0);
        private final Semaphore arrived = new Semaphore(0);
        private final Semaphore written = new Semaphore(0);
        private final List<String> read = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent line) {
            arrived.release();
            room.acquireUninterruptibly();
            read.add(line.getFormattedMessage());
            written.release();
        }
    }

    private final LoggerContext context = new LoggerContext();
    private final Logger log = context.getLogger("test");
    private final Pipe pipe = new Pipe();
    private final LogQueue queue = new LogQueue(pipe);
    private final long droppedBefore = LogQueue.dropped();

    @BeforeEach
    void start() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        pipe.setContext(context);
        pipe.start();
        queue.setContext(context);
        queue.start();
        log.setLevel(Level.INFO);
        log.setAdditive(false);
        log.addAppender(queue);
    }

    @AfterEach
    void end() {
        pipe.room.release(ALL);
        queue.stop();
    }

    private void log(int from, int to) {
        for (int i = from; i < to; i++) {
            log.info("line {}", i);
        }
    }

    private static List<String> lines(int from, int to) {
        List<String> lines = new ArrayList<>();
        for (int i = from; i < to; i++) {
            lines.add("line " + i);
        }
        return lines;
    }

    /** Logs one line and waits until the pipe has it in its hands, where it stays. */
    private void block() throws InterruptedException {
        log(0, 1);
        assertThat(pipe.arrived.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    }

    private long dropped() {
        return LogQueue.dropped() - droppedBefore;
    }

    private void awaitRead(int count) throws InterruptedException {
        assertThat(pipe.written.tryAcquire(count, 30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void writesLinesInTheirOrder() {
        pipe.room.release(ALL);
        log(0, 500);
        queue.stop();
        assertThat(pipe.read).isEqualTo(lines(0, 500));
        assertThat(pipe.isStarted()).isFalse();
    }

    @Test
    void keepsAsManyLinesAsItHoldsWhileNobodyReads() throws InterruptedException {
        block();
        log(1, 1 + LogQueue.CAPACITY);
        assertThat(dropped()).isZero();
        pipe.room.release(ALL);
        queue.stop();
        assertThat(pipe.read).isEqualTo(lines(0, 1 + LogQueue.CAPACITY));
    }

    @Test
    void dropsAndCountsWhatIsBeyondThem() throws InterruptedException {
        block();
        log(1, 1 + LogQueue.CAPACITY + 3);
        assertThat(dropped()).isEqualTo(3);
        pipe.room.release(ALL);
        queue.stop();
        List<String> expected = lines(0, 1 + LogQueue.CAPACITY);
        expected.add("3 log lines were dropped, because nobody read those before");
        assertThat(pipe.read).isEqualTo(expected);
    }

    @Test
    void goesOnAfterThatAndReportsAnew() throws InterruptedException {
        block();
        log(1, 1 + LogQueue.CAPACITY + 1);
        pipe.room.release(1 + LogQueue.CAPACITY + 1);
        awaitRead(1 + LogQueue.CAPACITY + 1);
        pipe.arrived.drainPermits();
        block();
        log(1, 1 + LogQueue.CAPACITY + 2);
        assertThat(dropped()).isEqualTo(3);
        pipe.room.release(ALL);
        queue.stop();
        assertThat(pipe.read)
                .filteredOn(line -> line.endsWith("were dropped, because nobody read those before"))
                .containsExactly(
                        "1 log lines were dropped, because nobody read those before",
                        "2 log lines were dropped, because nobody read those before");
    }

    @Test
    void endsThoughNobodyReads() throws InterruptedException {
        block();
        queue.stop();
        assertThat(queue.isStarted()).isFalse();
        assertThat(pipe.isStarted()).as("or its lock would be waited for").isTrue();
        log(1, 10);
        assertThat(pipe.read).isEmpty();
    }
}
