package dev.kaya;

import java.io.File;
import java.net.URL;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Whether the server may start from the application context that the build has worked out (Spring's
 * ahead-of-time processing), which saves a good half second. It holds the decisions that Spring
 * takes from the classes and from its own properties, such as which beans there are; so it is used
 * only from the jar, and only when nobody sets a property that could decide otherwise.
 */
final class PrecomputedContext {

    /** The property by which Spring is told. */
    static final String PROPERTY = "spring.aot.enabled";

    /** Under these lie the keys that conditions ask for (a test looks). */
    static final List<String> DECIDING = List.of("spring", "management", "springdoc", "server");

    /** Under these, among those, lies no such key. */
    static final List<String> HARMLESS =
            List.of("server.port", "server.address", "server.shutdown", "server.tomcat");

    /** Cloud Foundry's variables, by which Spring finds out that it runs there. */
    private static final String CLOUD_FOUNDRY = "vcap";

    private static final String CONFIG_FOLDER = "config";

    private PrecomputedContext() {}

    /** Turns it on where it may be used and the user has not decided. */
    static void useIfPossible(String[] arguments) {
        if (isBuilt()
                && mayBeUsed(arguments, System.getProperties(), System.getenv())
                && !hasConfigFile(new File("."))) {
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
        return Arrays.stream(arguments)
                        .filter(argument -> argument.startsWith("--"))
                        .map(argument -> argument.substring(2).split("=", 2)[0])
                        .noneMatch(PrecomputedContext::decides)
                && properties.stringPropertyNames().stream().noneMatch(PrecomputedContext::decides)
                && environment.keySet().stream()
                        .map(name -> name.replace('_', '.'))
                        .noneMatch(name -> decides(name) || isUnder(CLOUD_FOUNDRY, name));
    }

    /** Whether a condition could ask for a key, however it is spelled. */
    static boolean decides(String key) {
        return DECIDING.stream().anyMatch(prefix -> isUnder(prefix, key))
                && HARMLESS.stream().noneMatch(prefix -> isUnder(prefix, key));
    }

    private static boolean isUnder(String prefix, String key) {
        return key.length() >= prefix.length()
                && key.substring(0, prefix.length()).toLowerCase(Locale.ROOT).equals(prefix)
                && (key.length() == prefix.length()
                        || ".[".indexOf(key.charAt(prefix.length())) >= 0);
    }

    /** Whether a file lies where Spring Boot looks for them: here, in config, or a folder of it. */
    static boolean hasConfigFile(File here) {
        var config = new File(here, CONFIG_FOLDER);
        File[] folders = config.listFiles(File::isDirectory);
        return hasOwnConfigFile(here)
                || hasOwnConfigFile(config)
                || (folders != null
                        && Arrays.stream(folders).anyMatch(PrecomputedContext::hasOwnConfigFile));
    }

    private static boolean hasOwnConfigFile(File folder) {
        String[] names = folder.list((where, name) -> name.startsWith("application"));
        return names != null && names.length > 0;
    }
}
