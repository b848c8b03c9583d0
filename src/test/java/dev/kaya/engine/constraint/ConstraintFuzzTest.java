package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.constraint.regex.RegexParserTest;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whatever comes as a pattern or a schema becomes an automaton or is refused with a place. */
class ConstraintFuzzTest {

    private static final String[] PIECES = {
        "a", "b", "é", "😀", ".", "\\", "d", "w", "s", "S", "(", ")", "(?:", "(?<n>", "[", "]",
        "[^", "-", "{", "}", "{2}", "{1,3}", "{0,}", ",", "*", "+", "?", "|", "^", "$", "x41",
        "u00e9", "u{", "1", "&&"
    };

    private static final List<String> KEYWORDS =
            List.of(
                    "type",
                    "enum",
                    "const",
                    "properties",
                    "required",
                    "additionalProperties",
                    "minProperties",
                    "maxProperties",
                    "items",
                    "prefixItems",
                    "minItems",
                    "maxItems",
                    "uniqueItems",
                    "minLength",
                    "maxLength",
                    "pattern",
                    "format",
                    "minimum",
                    "maximum",
                    "exclusiveMinimum",
                    "exclusiveMaximum",
                    "multipleOf",
                    "anyOf",
                    "oneOf",
                    "allOf",
                    "$ref",
                    "$defs",
                    "title",
                    "nullable",
                    "$id",
                    "not");

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Random random = new Random(13);

    @Test
    void patterns() {
        int understood = 0;
        for (int i = 0; i < 20_000; i++) {
            var pattern = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                pattern.append(PIECES[random.nextInt(PIECES.length)]);
            }
            try {
                assertThat(RegexParserTest.dfa(pattern.toString()).states()).isPositive();
                understood++;
            } catch (ConstraintException e) {
                assertThat(e.place()).as(pattern.toString()).startsWith("character ");
            }
        }
        assertThat(understood).isGreaterThan(1_000);
    }

    @Test
    void schemas() {
        int understood = 0;
        for (int i = 0; i < 2_500; i++) {
            JsonNode schema = schema(4);
            try {
                assertThat(Automata.of(schema).states()).isPositive();
                understood++;
            } catch (ConstraintException e) {
                assertThat(e.place()).as("%s", schema).startsWith("#");
            }
        }
        assertThat(understood).isGreaterThan(200);
    }

    /** Schemas with a mistake here and there. */
    @Test
    void schemasThatWereValid() {
        var schemas = new RandomSchemas(3);
        for (int i = 0; i < 250; i++) {
            String text = schemas.next().toString();
            int at = random.nextInt(text.length());
            String other = text.substring(0, at) + "0:]},\"".charAt(random.nextInt(6));
            JsonNode broken;
            try {
                broken = JsonMapper.shared().readTree(other + text.substring(at + 1));
            } catch (JacksonException e) {
                continue; // refused before it comes here
            }
            try {
                assertThat(Automata.of(broken).states()).isPositive();
            } catch (ConstraintException e) {
                assertThat(e.place()).as("%s", broken).startsWith("#");
            }
        }
    }

    private JsonNode schema(int depth) {
        if (depth == 0 || random.nextInt(12) == 0) {
            return value(0);
        }
        ObjectNode schema = NODES.objectNode();
        for (int n = random.nextInt(4); n >= 0; n--) {
            String keyword = KEYWORDS.get(random.nextInt(KEYWORDS.size()));
            schema.set(keyword, random.nextInt(15) == 0 ? value(2) : fitting(keyword, depth));
        }
        return schema;
    }

    private JsonNode fitting(String keyword, int depth) {
        return switch (keyword) {
            case "type" -> NODES.stringNode(pick("object", "array", "string", "integer", "null"));
            case "enum", "required" -> array(1 + random.nextInt(3), 0);
            case "properties", "$defs" -> {
                ObjectNode members = NODES.objectNode();
                for (int n = random.nextInt(3); n >= 0; n--) {
                    members.set(pick("a", "b", "", "~/"), schema(depth - 1));
                }
                yield members;
            }
            case "additionalProperties", "items", "not" -> schema(depth - 1);
            case "prefixItems", "anyOf", "oneOf", "allOf" -> {
                ArrayNode schemas = NODES.arrayNode();
                for (int n = random.nextInt(3); n >= 0; n--) {
                    schemas.add(schema(depth - 1));
                }
                yield schemas;
            }
            case "uniqueItems", "nullable" -> NODES.booleanNode(random.nextBoolean());
            case "pattern" -> NODES.stringNode(pick("a+", "[^b]{2}", "^\\d$", "(", "x|y"));
            case "format" -> NODES.stringNode(pick("date", "uuid", "colour", "int32", "int64"));
            case "$ref" -> NODES.stringNode(pick("#", "#/$defs/a", "#/properties/b", "#/%zz", "x"));
            case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf" ->
                    random.nextInt(8) == 0
                            ? NODES.booleanNode(true)
                            : random.nextBoolean()
                                    ? NODES.numberNode(random.nextInt(50) - 10)
                                    : NODES.numberNode(random.nextGaussian() * 9);
            default -> NODES.numberNode(random.nextInt(5));
        };
    }

    private String pick(String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private ArrayNode array(int size, int depth) {
        ArrayNode array = NODES.arrayNode();
        for (int i = 0; i < size; i++) {
            array.add(value(depth));
        }
        return array;
    }

    private JsonNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> NODES.booleanNode(random.nextBoolean());
            case 1 -> NODES.nullNode();
            case 2 -> NODES.numberNode(random.nextInt());
            case 3 -> NODES.numberNode(random.nextDouble() * 1e300);
            case 4, 5 -> NODES.stringNode(pick("", "a", "b", "é\"\n", "\uD800"));
            case 6 -> array(2, depth - 1);
            default -> NODES.objectNode().set("a", value(depth - 1));
        };
    }
}
