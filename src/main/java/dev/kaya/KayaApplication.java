package dev.kaya;

import dev.kaya.cli.KayaCommand;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Entry point of {@code kaya.jar}: the server if there is nothing but its options, else a command,
 * or what is wrong with it.
 */
@SpringBootApplication
public class KayaApplication {

    /**
     * Starts.
     *
     * @param arguments a command with its options, or properties of the server such as {@code
     *     --kaya.checkpoint=…}
     */
    public static void main(String[] arguments) {
        if (KayaCommand.isMeant(arguments)) {
            System.setProperty("logback.configurationFile", "logback-cli.xml");
            Runtime.getRuntime().exit(KayaCommand.run(arguments));
        }
        PrecomputedContext.useIfPossible(arguments);
        SpringApplication.run(KayaApplication.class, arguments);
    }
}
