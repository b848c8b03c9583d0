package dev.kaya;

import java.io.File;
import java.net.URL;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Whether the server may start from the application context that the build has worked out (Spring's
 * ahead-of-time processing), which saves a good half second. It holds the decisions that Spring
 * takes from the classes and from its own properties; so it is used only from the jar, and only
 * when nobody sets a property of Spring's that could decide otherwise.
 */
final class PrecomputedContext {

    /** The property by which Spring is told. */
    static final String PROPERTY = "spring.aot.enabled";

    private static final List<String> DECIDING = List.of("spring", "management", "springdoc");
    private static final List<String> CONFIG_FOLDERS = List.of(".", "config");

    private PrecomputedContext() {}

    /** Turns it on where it may be used and the user has not decided. */
    static void useIfPossible(String[] arguments) {
        if (isBuilt()
                && mayBeUsed(arguments, System.getProperties(), System.getenv())
                && !hasConfigFile()) {
            System.setProperty(PROPERTY, "true");
        }
    }

    private static boolean isBuilt() {
        URL built =
                PrecomputedContext.class.getResource(
                        "KayaApplication__ApplicationContextInitializer.class");
        return built != null && built.getProtocol().equals("jar");
    }

    /** Whether nothing given could change a decision of the build. */
    static boolean mayBeUsed(
            String[] arguments, Properties properties, Map<String, String> environment) {
        for (String prefix : DECIDING) {
            for (String argument : arguments) {
                if (argument.startsWith("--" + prefix + ".")) {
                    return false;
                }
            }
            for (String name : properties.stringPropertyNames()) {
                if (name.startsWith(prefix + ".")) {
                    return false;
                }
            }
            for (String name : environment.keySet()) {
                if (name.toLowerCase(Locale.ROOT).startsWith(prefix + "_")) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean hasConfigFile() {
        for (String folder : CONFIG_FOLDERS) {
            String[] names = new File(folder).list((where, name) -> name.startsWith("application"));
            if (names != null && names.length > 0) {
                return true;
            }
        }
        return false;
    }
}
