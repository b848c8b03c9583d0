package dev.kaya.hostile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Response formats that are dear to compile, grown from what is dear about each construct. */
final class NastyFormats {

    private static final int[] COUNTS = {0, 1, 2, 3, 7, 12, 30, 100, 999, 1_000, 1_001, 100_000};
    private static final String[] ATOMS = {
        "a",
        "b",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "[a-z]",
        "[^a]",
        "[ab]",
        "日",
        "😀",
        "é",
        "\\p{L}",
        "\\u00e9",
        "[\\x00-\\uffff]",
        "()",
        "(|)",
        "\\\\",
        "^",
        "$",
        "(?:)",
        "(?=a)",
        "\\1",
        "[",
        ")",
        "{",
        "\\",
        " the"
    };
    private static final String[] FORMATS = {
        "date", "date-time", "uuid", "email", "uri", "ipv6", "hostname", "int32", "double", "none"
    };
    private static final Object[] NUMBERS = {
        0, -1, 1, 0.1, -0.0, 7, 1e300, -1e300, 1e-300, 123_456_789_012_345L, Long.MAX_VALUE, 1e21
    };

    private final Random random;

    NastyFormats(Random random) {
        this.random = random;
    }

    /** A {@code response_format}. */
    Map<String, Object> next() {
        if (random.nextInt(3) == 0) {
            return Map.of("type", "regex", "pattern", cut(regex(5), 20_000));
        }
        if (random.nextInt(20) == 0) {
            return Map.of("type", "json_object");
        }
        Map<String, Object> schema = whole();
        return Map.of("type", "json_schema", "json_schema", Map.of("schema", schema));
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }

    private int upTo(int most) {
        return random.nextInt(random.nextInt(most) + 1);
    }

    private int count() {
        return COUNTS[random.nextInt(COUNTS.length)];
    }

    private String regex(int depth) {
        return switch (random.nextInt(depth == 0 ? 2 : 9)) {
            case 0 -> ATOMS[random.nextInt(ATOMS.length)];
            case 1 -> ATOMS[random.nextInt(12)];
            case 2 -> regex(depth - 1) + regex(depth - 1);
            case 3 -> "(" + regex(depth - 1) + ")" + quantifier();
            case 4 -> "((" + "|".repeat(upTo(9_000)) + "){" + count() + "}){" + count() + "}";
            case 5 -> alternatives(depth - 1);
            case 6 -> "((" + "()".repeat(upTo(3_000)) + "){" + count() + "}){" + count() + "}";
            case 7 -> "[ab]*a[ab]{" + count() + "}";
            default -> "(" + regex(depth - 1) + "|" + regex(depth - 1) + ")" + quantifier();
        };
    }

    private String quantifier() {
        return switch (random.nextInt(6)) {
            case 0 -> "*";
            case 1 -> "+";
            case 2 -> "?";
            case 3 -> "{" + count() + "}";
            case 4 -> "{" + count() + ",}";
            default -> "{" + upTo(20) + "," + count() + "}";
        };
    }

    private String alternatives(int depth) {
        var all = new StringBuilder("(");
        int count = upTo(300);
        for (int i = 0; i < count; i++) {
            all.append(i == 0 ? "" : "|").append(i % 20 == 0 ? regex(Math.min(depth, 1)) : "w" + i);
        }
        return all.append(')').append(quantifier()).toString();
    }

    /** A schema with definitions that refer to each other, and to it. */
    private Map<String, Object> whole() {
        Map<String, Object> schema = new LinkedHashMap<>(schema(4));
        if (random.nextInt(4) == 0) {
            Map<String, Object> definitions = new LinkedHashMap<>();
            int length = upTo(3_000);
            for (int i = 0; i < length; i++) {
                definitions.put("d" + i, Map.of("$ref", "#/$defs/d" + (i + 1)));
            }
            definitions.put("d" + length, random.nextBoolean() ? schema(2) : Map.of("$ref", "#"));
            schema.put("$defs", definitions);
            schema.put("$ref", "#/$defs/d0");
        }
        return schema;
    }

    private Map<String, Object> schema(int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 10)) {
            case 0 -> string();
            case 1 -> number();
            case 2 -> enumeration();
            case 3 -> Map.of("type", List.of("null", "boolean", "string"));
            case 4 -> array(depth - 1);
            case 5 -> Map.of("anyOf", several(depth - 1, 12));
            case 6 -> Map.of("allOf", several(depth - 1, 6));
            case 7 -> Map.of("oneOf", several(depth - 1, 6), "not", schema(0));
            default -> object(depth - 1);
        };
    }

    private List<Map<String, Object>> several(int depth, int most) {
        List<Map<String, Object>> all = new ArrayList<>();
        int count = upTo(most);
        for (int i = 0; i < count; i++) {
            all.add(schema(depth));
        }
        return all;
    }

    private Map<String, Object> string() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        if (random.nextBoolean()) {
            schema.put("pattern", cut(regex(2), 2_000));
        }
        if (random.nextBoolean()) {
            schema.put("minLength", count());
            schema.put("maxLength", random.nextBoolean() ? count() : 100_000_000);
        }
        if (random.nextInt(4) == 0) {
            schema.put("format", FORMATS[random.nextInt(FORMATS.length)]);
        }
        return schema;
    }

    private Map<String, Object> number() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", random.nextBoolean() ? "integer" : "number");
        for (String bound : List.of("minimum", "maximum", "exclusiveMinimum", "multipleOf")) {
            if (random.nextInt(3) == 0) {
                schema.put(bound, NUMBERS[random.nextInt(NUMBERS.length)]);
            }
        }
        return schema;
    }

    private Map<String, Object> enumeration() {
        List<Object> values = new ArrayList<>();
        int count = upTo(2_000);
        for (int i = 0; i < count; i++) {
            values.add(
                    random.nextInt(9) == 0 ? Map.of("v" + i, List.of(i, "x")) : "v" + i * 7 % 999);
        }
        return Map.of("enum", values);
    }

    private Map<String, Object> array(int depth) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "array");
        schema.put("items", schema(depth));
        if (random.nextBoolean()) {
            schema.put("minItems", count());
            schema.put("maxItems", count());
        }
        if (random.nextInt(4) == 0) {
            schema.put("prefixItems", several(depth, 30));
        }
        return schema;
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> properties = new LinkedHashMap<>();
        boolean same = random.nextInt(3) == 0; // the same pattern again and again
        Map<String, Object> pattern = string();
        int count = upTo(same ? 4_000 : 12);
        for (int i = 0; i < count; i++) {
            properties.put("p" + i, same ? pattern : schema(depth));
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        if (random.nextBoolean()) {
            schema.put("required", List.copyOf(properties.keySet()));
        }
        if (random.nextInt(3) == 0) {
            schema.put("minProperties", count());
        }
        if (random.nextBoolean()) {
            schema.put("additionalProperties", random.nextBoolean() ? schema(0) : false);
        }
        if (random.nextInt(9) == 0) {
            schema.put("patternProperties", Map.of(regex(1), schema(0)));
        }
        return schema;
    }
}
