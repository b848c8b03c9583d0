package dev.kaya.config;

import dev.kaya.engine.checkpoint.folder.UnreadableFile;
import dev.kaya.registry.ModelRegistry;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;

/**
 * Ties the model to the life of the server: a checkpoint that cannot be served, or an engine that
 * cannot go on, ends the process with status 1, so that what watches it can start another; and a
 * stopping server drains the model first, while its socket still answers newcomers with 503.
 */
class ModelLifecycle implements SmartLifecycle, ApplicationListener<ApplicationReadyEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(ModelLifecycle.class);

    private final ModelRegistry models;
    private volatile boolean running;

    ModelLifecycle(ModelRegistry models) {
        this.models = models;
    }

    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
        models.warm();
        var _ =
                models.loading()
                        .whenComplete(
                                (served, failure) -> {
                                    // Who stops while it loads has no fault to tell.
                                    if (failure != null && running) {
                                        refuse(event.getApplicationContext(), failure);
                                    }
                                });
        var _ =
                models.death()
                        .thenAccept(
                                cause -> {
                                    LOG.error(
                                            "The engine died; the server ends: {}",
                                            cause.toString());
                                    exit(event.getApplicationContext());
                                });
    }

    private static void refuse(ApplicationContext context, Throwable failure) {
        Throwable cause = failure.getCause();
        Throwable why = failure instanceof CompletionException && cause != null ? cause : failure;
        LOG.error("The checkpoint cannot be served: {}", UnreadableFile.described(why));
        LOG.debug("Why", failure);
        exit(context);
    }

    private static void exit(ApplicationContext context) {
        // A daemon, as it would be by the thread that starts it, would not live to give the status.
        Thread.ofPlatform()
                .name("kaya-exit")
                .daemon(false)
                .start(() -> Runtime.getRuntime().exit(SpringApplication.exit(context, () -> 1)));
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        models.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** The highest phase stops first: before the web server closes its socket. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
