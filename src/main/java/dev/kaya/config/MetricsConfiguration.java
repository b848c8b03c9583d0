package dev.kaya.config;

import dev.kaya.engine.ModelLoader;
import dev.kaya.service.ServiceObserver;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.file.Path;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Binds the service's events to the meter registry. */
@Configuration(proxyBeanMethods = false)
class MetricsConfiguration {

    @Bean
    ServiceObserver metricsObserver(MeterRegistry registry, KayaProperties properties) {
        return new MetricsObserver(registry, ModelLoader.nameOf(Path.of(properties.checkpoint())));
    }

    @Bean
    MeterBinder droppedLogLines() {
        return registry ->
                FunctionCounter.builder(
                                "kaya.log.lines.dropped",
                                LogQueue.class,
                                queue -> LogQueue.dropped())
                        .description("Log lines that nobody read in time")
                        .register(registry);
    }
}
