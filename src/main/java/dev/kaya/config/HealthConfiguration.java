package dev.kaya.config;

import dev.kaya.registry.ModelRegistry;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Readiness follows the model, liveness the engine's loop. */
@Configuration(proxyBeanMethods = false)
class HealthConfiguration {

    @Bean
    HealthIndicator modelHealthIndicator(ModelRegistry models) {
        return () -> models.isReady() ? Health.up().build() : Health.outOfService().build();
    }

    @Bean
    HealthIndicator engineLoopHealthIndicator(ModelRegistry models) {
        return () -> models.isAlive() ? Health.up().build() : Health.down().build();
    }
}
