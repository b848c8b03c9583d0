package dev.kaya.config;

import dev.kaya.service.fault.NearestWord;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Warns of every key under {@code kaya} that nothing reads, with the one that may have been meant:
 * Spring passes such keys over, and a misspelled limit would limit nothing. Spring makes it by its
 * class name.
 */
final class UnknownKeys implements ApplicationListener<ApplicationPreparedEvent> {

    private static final Logger LOG = LoggerFactory.getLogger(UnknownKeys.class);
    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("kaya");

    /** Of the JVM, read where there is no configuration. */
    private static final String ASKS_AHEAD = "kaya.asks-ahead";

    /** What Kubernetes sets in every container beside a service of this name. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(
                    "KAYA_SERVICE_(HOST|PORT(_.+)?)|KAYA_PORT(_\\d+_(TCP|UDP|SCTP)(_.+)?)?");

    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");
    private static final Pattern PUNCTUATION = Pattern.compile("[.\\-_]");

    private final Set<String> keys = new TreeSet<>(Set.of(ASKS_AHEAD));
    private final Set<String> groups = new TreeSet<>();

    UnknownKeys() {
        collect(PREFIX.toString(), KayaProperties.class);
    }

    /** What may be set. */
    Set<String> keys() {
        return keys;
    }

    private void collect(String prefix, Class<?> record) {
        for (RecordComponent component : record.getRecordComponents()) {
            String key =
                    prefix
                            + "."
                            + CAPITAL.matcher(component.getName())
                                    .replaceAll(capital -> "-" + lower(capital.group()));
            Class<?> type = component.getType();
            if (type.isRecord()) {
                collect(key, type);
            } else if (Map.class.isAssignableFrom(type)
                    || Collection.class.isAssignableFrom(type)) {
                groups.add(key);
            } else {
                keys.add(key);
            }
        }
    }

    @Override
    public void onApplicationEvent(ApplicationPreparedEvent event) {
        warnings(event.getApplicationContext().getEnvironment()).forEach(LOG::warn);
    }

    /** A sentence for each key that nothing reads, in the order of the alphabet. */
    Set<String> warnings(Environment environment) {
        Set<String> warnings = new TreeSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource names) {
                names.stream()
                        .filter(PREFIX::isAncestorOf)
                        .filter(name -> !isKnown(name.toString()))
                        .forEach(name -> addWarning(warnings, source, name));
            }
        }
        return warnings;
    }

    private void addWarning(
            Set<String> warnings,
            ConfigurationPropertySource source,
            ConfigurationPropertyName name) {
        Origin origin = Origin.from(source.getConfigurationProperty(name));
        if (isServiceLink(origin)) {
            return;
        }
        String nearest = nearest(name.toString());
        warnings.add(
                "nothing reads %s (%s); %s"
                        .formatted(
                                name,
                                origin,
                                nearest == null
                                        ? "docs/configuration.md lists all keys"
                                        : "is " + nearest + " meant?"));
    }

    private static boolean isServiceLink(@Nullable Origin origin) {
        return origin instanceof PropertySourceOrigin variable
                && variable.getPropertySource() instanceof SystemEnvironmentPropertySource
                && SERVICE_LINK.matcher(variable.getPropertyName()).matches();
    }

    // An environment variable has no place for dashes, and dots where they were.
    private boolean isKnown(String name) {
        String bare = bare(name);
        return keys.stream().anyMatch(key -> bare(key).equals(bare))
                || groups.stream().anyMatch(group -> bare.startsWith(bare(group)));
    }

    private @Nullable String nearest(String name) {
        String given = bare(name).substring(PREFIX.toString().length());
        String nearest =
                keys.stream()
                        .min(Comparator.comparingInt(key -> distanceTo(key, given)))
                        .orElseThrow();
        return distanceTo(nearest, given) <= Math.max(2, given.length() / 3) ? nearest : null;
    }

    /** How far a key is from what was given; to leave its group out counts as one letter. */
    private static int distanceTo(String key, String given) {
        String own = key.substring(PREFIX.toString().length() + 1);
        String last = own.substring(own.lastIndexOf('.') + 1);
        return Math.min(
                NearestWord.distance(given, bare(own)),
                1 + NearestWord.distance(given, bare(last)));
    }

    private static String bare(String name) {
        return lower(PUNCTUATION.matcher(name).replaceAll(""));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
