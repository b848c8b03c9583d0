package dev.kaya.config;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Puts a {@link LogQueue} before the console, however it was configured, as soon as Spring has set
 * the log up. Spring makes it by its class name; a logback.xml for it would take a tenth of a
 * second of every start to read.
 */
final class LogQueueInstaller
        implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

    @Override
    public int getOrder() {
        return LoggingApplicationListener.DEFAULT_ORDER + 1;
    }

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLoggerList().forEach(LogQueueInstaller::install);
        }
    }

    private static void install(Logger logger) {
        List<Appender<ILoggingEvent>> consoles = new ArrayList<>();
        logger.iteratorForAppenders()
                .forEachRemaining(
                        appender -> {
                            if (appender instanceof ConsoleAppender) {
                                consoles.add(appender);
                            }
                        });
        for (Appender<ILoggingEvent> console : consoles) {
            logger.detachAppender(console);
            var queue = new LogQueue(console);
            queue.setContext(logger.getLoggerContext());
            queue.setName(console.getName());
            queue.start();
            logger.addAppender(queue);
        }
    }
}
