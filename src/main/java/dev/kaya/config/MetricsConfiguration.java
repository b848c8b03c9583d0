package dev.kaya.config;

import dev.kaya.engine.ModelLoader;
import dev.kaya.service.ServiceObserver;
import io.micrometer.core.instrument.MeterRegistry;
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
}
