package dev.kaya;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Entry point of {@code kaya.jar}: a command if the first argument names one, else the server. */
@SpringBootApplication
public class KayaApplication {

    /**
     * Starts.
     *
     * @param arguments a command with its options, or properties of the server such as {@code
     *     --kaya.checkpoint=…}
     */
    public static void main(String[] arguments) {
        SpringApplication.run(KayaApplication.class, arguments);
    }
}
