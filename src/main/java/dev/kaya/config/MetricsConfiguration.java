package dev.kaya.config;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Binds the service's events to the meter registry. */
@Configuration(proxyBeanMethods = false)
class MetricsConfiguration {

    @Bean
    ModelMetrics modelMetrics(MeterRegistry registry) {
        return new ModelMetrics(registry);
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
