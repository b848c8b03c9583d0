package dev.kaya.deploy;

import dev.kaya.KayaApplication;
import dev.kaya.config.ModelObservers;
import dev.kaya.registry.ModelObserver;
import org.springframework.boot.SpringApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** A server whose engine cannot go on after its hundredth step: its observer breaks its promise. */
public final class DyingServer {

    private DyingServer() {}

    /** Starts it with the arguments of a server. */
    public static void main(String[] arguments) {
        new SpringApplication(KayaApplication.class, Breaking.class).run(arguments);
    }

    /** What breaks it. No component by annotation: the scan would find it for every other test. */
    public static class Breaking {

        /** Throws on the engine's thread. */
        @Bean
        @Primary
        ModelObservers breakingObserver() {
            return name ->
                    new ModelObserver() {
                        private int steps;

                        @Override
                        public void onStep(int sequences, int tokens, long nanos) {
                            if (++steps == 100) {
                                throw new IllegalStateException("the hundredth step");
                            }
                        }
                    };
        }
    }
}
