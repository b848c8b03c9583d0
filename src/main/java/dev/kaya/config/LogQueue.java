package dev.kaya.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue of log lines before an appender that may block, and the one thread that writes
 * them. A pipe that nobody reads is full after 64 kB; whoever logged would then wait for ever, and
 * with them their requests. Here they never wait: lines beyond the queue are dropped and counted,
 * and a line says how many once lines are read again.
 */
final class LogQueue extends UnsynchronizedAppenderBase<ILoggingEvent> {

    /** Most lines that wait. */
    static final int CAPACITY = 1024;

    /** How long the end of a process waits for its last lines to be read. */
    static final Duration LAST_LINES = Duration.ofSeconds(1);

    private static final AtomicLong DROPPED = new AtomicLong();

    private final Appender<ILoggingEvent> target;
    private final ArrayBlockingQueue<ILoggingEvent> lines = new ArrayBlockingQueue<>(CAPACITY);
    private final Thread writer = new Thread(this::write, "kaya-log");
    private long reported = DROPPED.get(); // the writer's alone
    private int writtenSince; // likewise

    /**
     * @param target started, and nobody else's from now on
     */
    LogQueue(Appender<ILoggingEvent> target) {
        this.target = target;
        writer.setDaemon(true);
    }

    /** Lines that this process has dropped. */
    static long dropped() {
        return DROPPED.get();
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    /** Ends after the last line, or when it was not read in time. */
    @Override
    public void stop() {
        if (!isStarted()) {
            return;
        }
        super.stop();
        writer.interrupt();
        try {
            if (writer.join(LAST_LINES)) {
                target.stop(); // which waits for a line that is being written
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void append(ILoggingEvent line) {
        line.prepareForDeferredProcessing();
        if (!lines.offer(line)) {
            DROPPED.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (true) {
                write(lines.take());
            }
        } catch (InterruptedException e) {
            for (ILoggingEvent line = lines.poll(); line != null; line = lines.poll()) {
                write(line);
            }
        }
    }

    private void write(ILoggingEvent line) {
        target.doAppend(line);
        writtenSince++;
        // What was dropped came after what waits.
        if (lines.isEmpty() || writtenSince > CAPACITY) {
            reportDropped();
        }
    }

    private void reportDropped() {
        long now = DROPPED.get();
        if (now > reported) {
            var logger = (Logger) LoggerFactory.getLogger(LogQueue.class);
            target.doAppend(
                    new LoggingEvent(
                            LogQueue.class.getName(),
                            logger,
                            Level.WARN,
                            "{} log lines were dropped, because nobody read those before",
                            null,
                            new Object[] {now - reported}));
            reported = now;
        }
        writtenSince = 0;
    }
}
