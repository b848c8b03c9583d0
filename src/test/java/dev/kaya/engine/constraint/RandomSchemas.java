package dev.kaya.engine.constraint;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes schemas of all keywords that are supported, OpenAPI's and draft 4's too, each of which
 * something meets.
 */
public final class RandomSchemas {

    private static final String[] NAMES = {
        "name", "age", "id", "tags", "ünï", "a b", "quote\"", "x", "y", "kind", "items", "地"
    };
    private static final String[] FORMATS = {
        "date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"
    };
    private static final String[] NUMBER_FORMATS = {"int32", "int64", "uint8", "double"};
    private static final String[] PATTERNS = {
        "^[A-Z]{2,4}-\\d{3}$",
        "^(?:red|green|blue)( light)?$",
        "^[^\\s,\"]+$",
        "^\\w{0,6}\\.?$",
        "^.{1,5}[\\u00e0-\\u00ff中]$"
    };

    private final Random random;

    public RandomSchemas(long seed) {
        random = new Random(seed);
    }

    /** The next schema, an object most of the time. */
    public JsonNode next() {
        ObjectNode schema = random.nextInt(6) == 0 ? schema(3) : object(3);
        if (random.nextInt(5) == 0) {
            properties(schema).putObject("tree").put("$ref", "#/$defs/node");
            schema.putObject("$defs").set("node", node());
        }
        return schema;
    }

    /** The same in draft 2020-12 alone, for a validator that knows nothing else. */
    public static JsonNode plain(JsonNode schema) {
        if (schema.isArray()) {
            ArrayNode items = JsonMapper.shared().createArrayNode();
            schema.forEach(each -> items.add(plain(each)));
            return items;
        }
        if (!schema.isObject()) {
            return schema;
        }
        ObjectNode plain = object();
        for (Map.Entry<String, JsonNode> each : schema.properties()) {
            plain.set(each.getKey(), plain(each.getValue()));
        }
        if (plain.path("nullable").isBoolean() && plain.remove("nullable").booleanValue()) {
            JsonNode type = plain.remove("type");
            plain.putArray("type").add("null").add(type);
        }
        exclude(plain, "minimum", "exclusiveMinimum");
        exclude(plain, "maximum", "exclusiveMaximum");
        if (plain.path("format").stringValue("").equals("int32")) {
            plain.putArray("allOf")
                    .addObject()
                    .put("minimum", Integer.MIN_VALUE)
                    .put("maximum", Integer.MAX_VALUE);
        }
        return plain;
    }

    private static void exclude(ObjectNode schema, String bound, String flag) {
        if (schema.path(flag).isBoolean() && schema.remove(flag).booleanValue()) {
            schema.set(flag, schema.remove(bound));
        }
    }

    private static ObjectNode properties(ObjectNode schema) {
        return schema.get("properties") instanceof ObjectNode properties
                ? properties
                : schema.removeAll().put("type", "object").putObject("properties");
    }

    /** A tree, or a list whose last item is null. */
    private ObjectNode node() {
        ObjectNode node = object();
        node.put("type", "object").putArray("required").add("v");
        ObjectNode properties = node.putObject("properties");
        properties.set("v", scalar());
        if (random.nextBoolean()) {
            ObjectNode children = properties.putObject("children");
            children.put("type", "array").put("maxItems", 2);
            children.putObject("items").put("$ref", "#/$defs/node");
        } else {
            ArrayNode next = properties.putObject("next").putArray("anyOf");
            next.addObject().put("type", "null");
            next.addObject().put("$ref", "#/$defs/node");
        }
        return node;
    }

    private static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }

    private ObjectNode schema(int depth) {
        ObjectNode schema = someSchema(depth);
        if (schema.path("type").isString() && random.nextInt(8) == 0) {
            schema.put("nullable", random.nextInt(4) > 0);
        }
        if (random.nextInt(10) == 0) {
            schema.put("title", "T").put("x-order", 3).putObject("discriminator");
        }
        return schema;
    }

    private ObjectNode someSchema(int depth) {
        return switch (depth == 0 ? random.nextInt(5) : random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> scalar();
            case 5 -> array(depth);
            case 6 -> alternatives(depth);
            case 7 -> tagged(depth);
            case 8 -> merged();
            default -> object(depth);
        };
    }

    private ObjectNode scalar() {
        return switch (random.nextInt(9)) {
            case 0 -> object().put("type", random.nextBoolean() ? "null" : "boolean");
            case 1 -> integer();
            case 2 -> number();
            case 3 -> string();
            case 4 -> object().put("type", "string").put("format", pick(FORMATS));
            case 5 -> object().put("type", "string").put("pattern", pick(PATTERNS));
            case 6 -> constants();
            case 7 -> {
                ObjectNode nullable = object();
                nullable.putArray("type").add("string").add("null");
                yield nullable.put("maxLength", random.nextInt(20));
            }
            default -> object().put("type", random.nextBoolean() ? "integer" : "number");
        };
    }

    private String pick(String[] from) {
        return from[random.nextInt(from.length)];
    }

    private ObjectNode integer() {
        int low = random.nextInt(400) - 200;
        ObjectNode schema = object().put("type", "integer");
        bound(schema, "minimum", "exclusiveMinimum", BigDecimal.valueOf(low));
        int high = low + 25 + random.nextInt(500);
        bound(schema, "maximum", "exclusiveMaximum", BigDecimal.valueOf(high));
        if (random.nextInt(3) == 0) {
            schema.put("multipleOf", 1 + random.nextInt(11));
        }
        if (random.nextInt(3) == 0) {
            schema.put("format", pick(NUMBER_FORMATS));
        }
        return schema;
    }

    private ObjectNode number() {
        BigDecimal low = BigDecimal.valueOf(random.nextInt(4_000) - 2_000, random.nextInt(4));
        ObjectNode schema = object().put("type", "number");
        bound(schema, "minimum", "exclusiveMinimum", low);
        BigDecimal high = low.add(BigDecimal.valueOf(3 + random.nextInt(900), 1));
        bound(schema, "maximum", "exclusiveMaximum", high);
        if (random.nextInt(4) == 0) {
            schema.put("multipleOf", BigDecimal.valueOf(1 + random.nextInt(20), 2));
        }
        return schema;
    }

    /** A bound that is within, or is not in the way of one of two drafts, or none. */
    private void bound(ObjectNode schema, String bound, String exclusive, BigDecimal value) {
        switch (random.nextInt(6)) {
            case 0, 1 -> schema.put(bound, value);
            case 2 -> schema.put(exclusive, value);
            case 3 -> schema.put(bound, value).put(exclusive, random.nextBoolean());
            default -> {}
        }
    }

    private ObjectNode string() {
        ObjectNode schema = object().put("type", "string");
        int least = random.nextInt(5);
        if (random.nextBoolean()) {
            schema.put("minLength", least);
        }
        if (random.nextBoolean()) {
            schema.put("maxLength", least + random.nextInt(12));
        }
        return schema;
    }

    private ObjectNode constants() {
        ObjectNode schema = object();
        if (random.nextInt(3) == 0) {
            return schema.put("const", pick(NAMES));
        }
        ArrayNode values = schema.putArray("enum");
        values.add(pick(NAMES)).add(random.nextInt(100)).addNull();
        if (random.nextBoolean()) {
            values.add(-1.5).add(true).addObject().put("k", "v\n").putArray("l").add(1);
        }
        return schema;
    }

    private ObjectNode array(int depth) {
        ObjectNode schema = object().put("type", "array");
        if (random.nextInt(3) == 0) {
            ArrayNode prefix = schema.putArray("prefixItems");
            prefix.add(scalar());
            prefix.add(schema(depth - 1));
        }
        schema.set("items", schema(depth - 1));
        if (random.nextBoolean()) {
            schema.put("minItems", random.nextInt(3));
            schema.put("maxItems", 2 + random.nextInt(3));
        }
        return schema;
    }

    private ObjectNode alternatives(int depth) {
        ObjectNode schema = object();
        ArrayNode ways = schema.putArray("anyOf");
        ways.add(schema(depth - 1));
        ways.add(scalar());
        return schema;
    }

    /** Objects told apart by a constant. */
    private ObjectNode tagged(int depth) {
        ObjectNode schema = object();
        ArrayNode ways = schema.putArray("oneOf");
        for (String kind : new String[] {"circle", "square"}) {
            ObjectNode way = ways.addObject().put("type", "object");
            ObjectNode properties = way.putObject("properties");
            properties.putObject("kind").put("const", kind);
            properties.set("size", schema(depth - 1));
            way.putArray("required").add("kind");
        }
        return schema;
    }

    private ObjectNode merged() {
        ObjectNode schema = object();
        ArrayNode all = schema.putArray("allOf");
        ObjectNode first = all.addObject().put("type", "object");
        first.putObject("properties").putObject("n").put("minimum", 1);
        ObjectNode second = all.addObject();
        second.putObject("properties").putObject("n").put("type", "integer").put("maximum", 30);
        second.putArray("required").add("n");
        return schema;
    }

    private ObjectNode object(int depth) {
        ObjectNode schema = object().put("type", "object");
        if (random.nextInt(8) == 0) {
            schema.set("additionalProperties", scalar());
            return schema;
        }
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            String name = pick(NAMES);
            properties.set(name, schema(depth - 1));
            if (random.nextInt(3) > 0) {
                required.add(name);
            }
        }
        switch (random.nextInt(4)) {
            case 0 -> schema.put("additionalProperties", false);
            case 1 -> schema.set("additionalProperties", scalar());
            default -> {}
        }
        count(schema, properties, required);
        return schema;
    }

    /** Counts of properties within what is required and what there can be. */
    private void count(ObjectNode schema, ObjectNode properties, ArrayNode required) {
        Set<String> names = new HashSet<>();
        required.forEach(name -> names.add(name.stringValue()));
        boolean closed = schema.path("additionalProperties").isBoolean();
        int least = random.nextInt(properties.size() + (closed ? 1 : 2));
        if (random.nextInt(3) == 0) {
            schema.put("minProperties", least);
        }
        if (random.nextInt(3) == 0) {
            schema.put("maxProperties", Math.max(least, names.size()) + random.nextInt(3));
        }
    }
}
