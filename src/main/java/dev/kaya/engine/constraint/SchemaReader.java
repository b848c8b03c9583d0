package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.Shape.ArrayRule;
import dev.kaya.engine.constraint.Shape.ObjectRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads schemas (JSON Schema, draft 2020-12) into {@link Shape}s, one for each way to meet them:
 * {@code anyOf} and {@code oneOf} make several of one, {@code allOf} and {@code $ref} add to it.
 * Refuses, with its pointer, every keyword that it does not know; one thread's.
 */
final class SchemaReader {

    private static final int MOST_SHAPES = 1_000;
    private static final int MOST_STEPS = 200_000;

    /** Keywords that say nothing about which values are valid. */
    private static final Set<String> REMARKS =
            Set.of(
                    "$schema",
                    "$comment",
                    "$defs",
                    "definitions",
                    "title",
                    "description",
                    "default",
                    "examples",
                    "deprecated",
                    "readOnly",
                    "writeOnly",
                    "contentEncoding",
                    "contentMediaType");

    private static final Map<String, Set<ValueType>> TYPES =
            Map.of(
                    "null", EnumSet.of(ValueType.NULL),
                    "boolean", EnumSet.of(ValueType.BOOLEAN),
                    "integer", EnumSet.of(ValueType.INTEGER),
                    "number", EnumSet.of(ValueType.INTEGER, ValueType.FRACTION),
                    "string", EnumSet.of(ValueType.STRING),
                    "array", EnumSet.of(ValueType.ARRAY),
                    "object", EnumSet.of(ValueType.OBJECT));

    private final SchemaPart root;
    private final Disjointness disjointness = new Disjointness(this);
    private int steps;

    SchemaReader(SchemaPart root) {
        this.root = root;
    }

    /**
     * All ways to meet all of some schemas at once.
     *
     * @param pointer of the value
     */
    List<Shape> shapes(List<SchemaPart> schemas, String pointer) throws ConstraintException {
        List<Shape> shapes = List.of(new Shape(pointer));
        for (SchemaPart schema : schemas) {
            shapes = and(shapes, schema, Set.of());
        }
        return shapes;
    }

    /**
     * @param followed references that led here from the same value
     */
    private List<Shape> and(List<Shape> shapes, SchemaPart schema, Set<String> followed)
            throws ConstraintException {
        if (++steps > MOST_STEPS) {
            throw ConstraintException.tooLarge("#", "the schema has too many alternatives");
        }
        if (schema.node().isBoolean()) {
            return schema.flag() ? shapes : List.of();
        }
        if (!schema.node().isObject()) {
            throw schema.invalid("a schema must be an object, true or false");
        }
        List<Shape> met = shapes;
        for (String keyword : schema.names()) {
            met = add(met, schema, keyword, followed);
        }
        return met;
    }

    private List<Shape> add(
            List<Shape> shapes, SchemaPart schema, String keyword, Set<String> followed)
            throws ConstraintException {
        SchemaPart part = schema.child(keyword);
        return switch (keyword) {
            case "$ref" -> reference(shapes, part, followed);
            case "allOf" -> {
                List<Shape> all = shapes;
                for (SchemaPart each : part.someItems()) {
                    all = and(all, each, followed);
                }
                yield all;
            }
            case "anyOf" -> either(shapes, part.someItems(), followed);
            case "oneOf" -> {
                disjointness.check(part);
                yield either(shapes, part.someItems(), followed);
            }
            default -> {
                for (Shape shape : shapes) {
                    add(shape, schema, part, keyword);
                }
                yield shapes;
            }
        };
    }

    private List<Shape> either(List<Shape> shapes, List<SchemaPart> branches, Set<String> followed)
            throws ConstraintException {
        List<Shape> ways = new ArrayList<>();
        for (SchemaPart branch : branches) {
            List<Shape> copies = new ArrayList<>();
            for (Shape shape : shapes) {
                copies.add(shape.copy());
            }
            ways.addAll(and(copies, branch, followed));
            if (ways.size() > MOST_SHAPES) {
                throw ConstraintException.tooLarge(
                        branch.pointer(), "the schema has too many alternatives here");
            }
        }
        return ways;
    }

    private List<Shape> reference(List<Shape> shapes, SchemaPart part, Set<String> followed)
            throws ConstraintException {
        SchemaPart target = root.find(part);
        if (followed.contains(target.pointer())) {
            throw part.unsupported("this leads back to itself with no value between");
        }
        var onward = new HashSet<>(followed);
        onward.add(target.pointer());
        List<Shape> met = and(shapes, target, onward);
        for (Shape shape : met) {
            shape.references.add(target.pointer());
        }
        return met;
    }

    private static void add(Shape shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        switch (keyword) {
            case "type" -> shape.retain(types(part));
            case "enum" -> {
                List<JsonNode> values = new ArrayList<>();
                part.someItems().forEach(each -> values.add(each.node()));
                shape.retainValues(values);
            }
            case "const" -> shape.retainValues(List.of(part.node()));
            case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf" ->
                    addNumber(shape, part, keyword);
            case "minLength", "maxLength", "pattern", "format" -> addString(shape, part, keyword);
            case "items", "prefixItems", "minItems", "maxItems", "uniqueItems" ->
                    addArray(shape, schema, part, keyword);
            case "properties",
                    "additionalProperties",
                    "required",
                    "minProperties",
                    "maxProperties" ->
                    addObject(shape, schema, part, keyword);
            default -> refuseUnlessRemark(part, keyword);
        }
    }

    private static void refuseUnlessRemark(SchemaPart part, String keyword)
            throws ConstraintException {
        boolean rootId = part.pointer().equals("#/$id");
        if (!REMARKS.contains(keyword) && !keyword.startsWith("x-") && !rootId) {
            throw part.unsupported("the keyword " + keyword + " is not supported");
        }
    }

    private static Set<ValueType> types(SchemaPart part) throws ConstraintException {
        List<SchemaPart> names = part.node().isArray() ? part.someItems() : List.of(part);
        var types = EnumSet.noneOf(ValueType.class);
        for (SchemaPart name : names) {
            Set<ValueType> type = TYPES.get(name.text());
            if (type == null) {
                throw name.invalid("there is no type '" + name.text() + "'");
            }
            types.addAll(type);
        }
        return types;
    }

    private static void addNumber(Shape shape, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.INTEGER);
        shape.mean(ValueType.FRACTION);
        BigDecimal number = part.number();
        switch (keyword) {
            case "minimum" -> shape.raiseLeast(number, false);
            case "exclusiveMinimum" -> shape.raiseLeast(number, true);
            case "maximum" -> shape.lowerMost(number, false);
            case "exclusiveMaximum" -> shape.lowerMost(number, true);
            default -> {
                if (number.signum() <= 0) {
                    throw part.invalid("this must be above 0");
                }
                shape.factors.add(number);
            }
        }
    }

    private static void addString(Shape shape, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.STRING);
        switch (keyword) {
            case "minLength" -> shape.leastLength = Math.max(shape.leastLength, part.count());
            case "maxLength" -> shape.mostLength = Math.min(shape.mostLength, part.count());
            case "pattern" -> {
                RegexParser.parse(part.text(), part.pointer()); // refused even if nothing needs it
                shape.patterns.add(part);
            }
            default -> {
                if (Formats.pattern(part.text()) == null) {
                    throw part.unsupported(
                            "the format '"
                                    + part.text()
                                    + "' is not supported; supported are "
                                    + Formats.names());
                }
                shape.formats.add(part);
            }
        }
    }

    private static void addArray(Shape shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.ARRAY);
        switch (keyword) {
            case "minItems" -> shape.leastItems = Math.max(shape.leastItems, part.count());
            case "maxItems" -> shape.mostItems = Math.min(shape.mostItems, part.count());
            case "uniqueItems" -> shape.uniqueItems = part.flag() ? part : shape.uniqueItems;
            case "prefixItems" ->
                    shape.arrays.add(new ArrayRule(part.someItems(), childOrNull(schema, "items")));
            default -> {
                if (part.node().isArray()) {
                    throw part.unsupported("a list of schemas is written as prefixItems");
                }
                if (!schema.has("prefixItems")) {
                    shape.arrays.add(new ArrayRule(List.of(), part));
                }
            }
        }
    }

    private static @Nullable SchemaPart childOrNull(SchemaPart schema, String name) {
        return schema.has(name) ? schema.child(name) : null;
    }

    private static void addObject(Shape shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.OBJECT);
        switch (keyword) {
            case "minProperties" ->
                    shape.leastProperties = Math.max(shape.leastProperties, part.count());
            case "maxProperties" ->
                    shape.mostProperties = Math.min(shape.mostProperties, part.count());
            case "required" -> {
                for (SchemaPart name : part.items()) {
                    shape.required.putIfAbsent(name.text(), name);
                }
            }
            case "properties" -> {
                Map<String, SchemaPart> properties = new LinkedHashMap<>();
                for (String name : part.names()) {
                    properties.put(name, part.child(name));
                }
                shape.objects.add(
                        new ObjectRule(properties, childOrNull(schema, "additionalProperties")));
            }
            default -> {
                if (!schema.has("properties")) {
                    shape.objects.add(new ObjectRule(Map.of(), part));
                }
            }
        }
    }
}
