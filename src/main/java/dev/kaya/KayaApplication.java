package dev.kaya;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Entry point of {@code kaya.jar}. */
@SpringBootApplication
public class KayaApplication {

    /**
     * Starts the server.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        SpringApplication.run(KayaApplication.class, arguments);
    }
}
