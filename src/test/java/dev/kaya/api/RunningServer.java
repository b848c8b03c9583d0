package dev.kaya.api;

import dev.kaya.KayaApplication;
import dev.kaya.backend.Backend;
import dev.kaya.config.ModelObservers;
import dev.kaya.registry.ModelObserver;
import dev.kaya.registry.ModelSource;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/**
 * A server of its own, for tests of its beginning and its end.
 *
 * @param context running until it is closed
 */
record RunningServer(ConfigurableApplicationContext context) implements AutoCloseable {

    /**
     * Starts one on a free port.
     *
     * @param properties such as {@code kaya.threads=1}
     */
    static RunningServer start(String... properties) {
        return start(new SpringApplicationBuilder(KayaApplication.class), properties);
    }

    /** Starts one that hears of its model by another observer. */
    static RunningServer startObservedBy(ModelObserver observer) {
        return startWith(ModelObservers.class, name -> observer);
    }

    /** Starts one that serves another backend. */
    static RunningServer startOver(Backend backend) {
        return startWith(ModelSource.class, observer -> backend);
    }

    private static <T> RunningServer startWith(Class<T> type, T bean) {
        ApplicationContextInitializer<GenericApplicationContext> replacing =
                context ->
                        context.registerBean(
                                "replacement",
                                type,
                                () -> bean,
                                definition -> definition.setPrimary(true));
        return start(new SpringApplicationBuilder(KayaApplication.class).initializers(replacing));
    }

    private static RunningServer start(SpringApplicationBuilder builder, String... properties) {
        String[] arguments = new String[properties.length + 1];
        arguments[0] = "--server.port=0";
        for (int i = 0; i < properties.length; i++) {
            arguments[i + 1] = "--" + properties[i];
        }
        return new RunningServer(builder.run(arguments));
    }

    Client client() {
        return Client.of(
                context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
    }

    /** Begins to stop, on another thread. */
    CompletableFuture<Void> stop() {
        return CompletableFuture.runAsync(context::close, task -> Thread.ofPlatform().start(task));
    }

    @Override
    public void close() {
        context.close();
    }
}
