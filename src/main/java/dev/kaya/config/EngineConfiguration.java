package dev.kaya.config;

import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.constraint.ConstraintMemory;
import dev.kaya.registry.LocalModelSource;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.registry.ModelSource;
import dev.kaya.registry.RequestMemory;
import dev.kaya.scheduler.LoopSettings;
import dev.kaya.service.GenerationService;
import dev.kaya.service.ServiceObserver;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

/** Puts the engine together from the configuration. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(KayaProperties.class)
class EngineConfiguration {

    @Bean
    ModelSource modelSource(
            KayaProperties properties, @Value("${server.tomcat.max-connections}") int connections) {
        return new LocalModelSource(
                Path.of(properties.checkpoint()),
                new LoadOptions(properties.weights(), optional(properties.contextLength())),
                loop(properties),
                requests(properties.limits(), connections));
    }

    @Bean(destroyMethod = "") // ModelLifecycle closes it, before the web server goes
    ModelRegistry modelRegistry(
            KayaProperties properties, ModelSource source, ModelObservers observers) {
        String name = ModelLoader.nameOf(Path.of(properties.checkpoint()));
        return new ModelRegistry(
                new ModelRegistry.Settings(name, properties.drainTimeout()),
                source,
                observers.of(name));
    }

    @Bean
    GenerationService generationService(
            KayaProperties properties, ModelRegistry models, ServiceObserver observer) {
        return new GenerationService(
                models,
                new GenerationService.Settings(
                        limits(properties), configured(properties.defaults())),
                observer,
                new MemoryBudget(properties.limits().answerBytes()));
    }

    @Bean
    ModelLifecycle modelLifecycle(ModelRegistry models) {
        return new ModelLifecycle(models);
    }

    private static RequestMemory requests(KayaProperties.Limits limits, int connections) {
        return new RequestMemory(
                limits.bodyBytes(),
                limits.answerBytes(),
                limits.formatBytes(),
                RequestMemory.ofConnections(connections));
    }

    static ServiceLimits limits(KayaProperties properties) {
        return new ServiceLimits(
                properties.limits().maxNewTokens(),
                properties.limits().n(),
                properties.limits().responseFormat(),
                ConstraintMemory.within(properties.limits().formatBytes()),
                properties.requestTimeout());
    }

    private static LoopSettings loop(KayaProperties properties) {
        Integer threads = properties.threads();
        DataSize memory = properties.kvCacheMemory();
        return new LoopSettings(
                new LoopSettings.Compute(
                        threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                        properties.kernels()),
                properties.maxSequences(),
                new LoopSettings.Queue(properties.queueCapacity(), properties.queueTokens()),
                properties.prefillChunk(),
                new LoopSettings.Memory(
                        memory == null ? LoopSettings.Memory.WHAT_IS_LEFT : memory.toBytes(),
                        properties.kvCache(),
                        properties.prefixCache(),
                        properties.slowClientTimeout()));
    }

    private static SamplingDefaults.Configured configured(KayaProperties.Defaults defaults) {
        return new SamplingDefaults.Configured(
                optional(defaults.maxNewTokens()),
                optional(defaults.temperature()),
                optional(defaults.topK()),
                optional(defaults.topP()));
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
