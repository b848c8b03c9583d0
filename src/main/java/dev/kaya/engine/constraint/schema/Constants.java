package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.ConstraintException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * The values of an {@code enum} or {@code const}, in order and each once: two are the same to JSON
 * Schema when their types and contents are, numbers by their value. Immutable.
 */
final class Constants {

    private final Map<String, JsonNode> values;

    private Constants(Map<String, JsonNode> values) {
        this.values = values;
    }

    /** Values as they stand in a schema. */
    static Constants of(List<SchemaPart> parts) throws ConstraintException {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        for (SchemaPart part : parts) {
            part.requireWholeTexts();
            values.putIfAbsent(key(part.node()), part.node());
        }
        return new Constants(values);
    }

    /** Those that are among others too. */
    Constants and(Constants others) {
        Map<String, JsonNode> both = new LinkedHashMap<>(values);
        both.keySet().retainAll(others.values.keySet());
        return new Constants(both);
    }

    boolean contains(JsonNode value) {
        return values.containsKey(key(value));
    }

    Collection<JsonNode> values() {
        return values.values();
    }

    int size() {
        return values.size();
    }

    /** A text that is the same for the same values, and for no others. */
    private static String key(JsonNode value) {
        var key = new StringBuilder();
        append(value, key);
        return key.toString();
    }

    private static void append(JsonNode value, StringBuilder key) {
        if (value.isNumber()) {
            key.append(value.decimalValue().stripTrailingZeros());
        } else if (value.isObject()) {
            Map<String, JsonNode> sorted = new TreeMap<>();
            value.properties().forEach(each -> sorted.put(each.getKey(), each.getValue()));
            key.append('{');
            sorted.forEach(
                    (name, member) -> {
                        appendText(name, key);
                        append(member, key);
                    });
            key.append('}');
        } else if (value.isArray()) {
            key.append('[');
            for (JsonNode item : value) {
                append(item, key);
                key.append(',');
            }
            key.append(']');
        } else if (value.isString()) {
            appendText(value.stringValue(), key);
        } else {
            key.append(value); // true, false, null
        }
    }

    /** Its length tells where it ends, whatever is in it. */
    private static void appendText(String text, StringBuilder key) {
        key.append('"').append(text.length()).append(':').append(text);
    }
}
