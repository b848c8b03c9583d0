package dev.kaya.documents;

import dev.kaya.config.KayaProperties;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** The keys that {@link KayaProperties} has. */
final class ConfigurationKeys {

    private ConfigurationKeys() {}

    static Set<String> all() {
        return defaults().keySet();
    }

    /** The same as variables of the environment. */
    static Set<String> variables() {
        Set<String> variables = new TreeSet<>();
        for (String key : all()) {
            variables.add(key.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT));
            variables.add(key.replace('-', '_').replace('.', '_').toUpperCase(Locale.ROOT));
        }
        return variables;
    }

    /** Each key with its default, or null where that depends on the machine or the checkpoint. */
    static Map<String, @Nullable String> defaults() {
        Map<String, @Nullable String> defaults = new LinkedHashMap<>();
        collect("kaya", KayaProperties.class, defaults);
        return defaults;
    }

    private static void collect(
            String prefix, Class<?> type, Map<String, @Nullable String> defaults) {
        for (RecordComponent component : type.getRecordComponents()) {
            String key =
                    prefix
                            + "."
                            + component
                                    .getName()
                                    .replaceAll("([A-Z])", "-$1")
                                    .toLowerCase(Locale.ROOT);
            if (component.getType().isRecord()) {
                collect(key, component.getType(), defaults);
            } else {
                defaults.put(key, defaultOf(component, type));
            }
        }
    }

    private static @Nullable String defaultOf(RecordComponent component, Class<?> type) {
        var parameters = type.getDeclaredConstructors()[0].getParameters();
        for (int i = 0; i < parameters.length; i++) {
            if (type.getRecordComponents()[i].getName().equals(component.getName())) {
                DefaultValue value = parameters[i].getAnnotation(DefaultValue.class);
                return value == null ? null : String.join(", ", value.value());
            }
        }
        throw new AssertionError(component);
    }
}
