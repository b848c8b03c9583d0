package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.MessageText;
import dev.kaya.engine.constraint.schema.SchemaAlternative.ArrayRule;
import dev.kaya.engine.constraint.schema.SchemaAlternative.ObjectRule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads schemas (JSON Schema, draft 2020-12, and what OpenAPI and draft 4 write otherwise) into
 * {@link SchemaAlternative}s, one for each way to meet them: {@code anyOf} and {@code oneOf} make
 * several of one, {@code allOf} and {@code $ref} add to it. Refuses, with its pointer, every
 * keyword that it does not know; one thread's.
 */
final class SchemaReader {

    private static final int MOST_SHAPES = 1_000;
    private static final int SHAPE_BYTES = 1_200; // with its lists while they are empty
    private static final int SHAPE_STEPS = 30;
    private static final int ENTRY_BYTES = 16;

    /**
     * Keywords that say nothing about which values are valid. A {@code discriminator} "must not
     * change the validation outcome" (OpenAPI 3.1.1, 4.8.25); anchors mark what only references
     * that are not supported lead to.
     */
    private static final Set<String> REMARKS =
            Set.of(
                    "$schema",
                    "$id",
                    "$anchor",
                    "$dynamicAnchor",
                    "$comment",
                    "$defs",
                    "definitions",
                    "title",
                    "description",
                    "default",
                    "example",
                    "examples",
                    "deprecated",
                    "readOnly",
                    "writeOnly",
                    "contentEncoding",
                    "contentMediaType",
                    "contentSchema",
                    "discriminator",
                    "xml",
                    "externalDocs");

    private static final Map<String, Set<ValueType>> TYPES =
            Map.of(
                    "null", EnumSet.of(ValueType.NULL),
                    "boolean", EnumSet.of(ValueType.BOOLEAN),
                    "integer", EnumSet.of(ValueType.INTEGER),
                    "number", EnumSet.of(ValueType.INTEGER, ValueType.FRACTION),
                    "string", EnumSet.of(ValueType.STRING),
                    "array", EnumSet.of(ValueType.ARRAY),
                    "object", EnumSet.of(ValueType.OBJECT));

    private final CompilationBudget budget;
    private final Patterns patterns;
    private final Disjointness disjointness;
    private final Map<SchemaPart, Constants> constants = new HashMap<>();
    private int depth;

    /**
     * @param patterns that are read once
     */
    SchemaReader(Patterns patterns, CompilationBudget budget) {
        this.patterns = patterns;
        this.budget = budget;
        disjointness = new Disjointness(this, budget);
    }

    /** References that led to a schema from the same value, the latest first. */
    private record Followed(SchemaPart target, @Nullable Followed before) {

        static boolean contains(@Nullable Followed followed, SchemaPart target) {
            for (Followed at = followed; at != null; at = at.before()) {
                if (at.target() == target) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * All ways to meet all of some schemas at once.
     *
     * @param pointer of the value
     */
    List<SchemaAlternative> shapes(List<SchemaPart> schemas, String pointer)
            throws ConstraintException {
        budget.hold(SHAPE_BYTES);
        List<SchemaAlternative> shapes = List.of(new SchemaAlternative(pointer));
        for (SchemaPart schema : schemas) {
            shapes = and(shapes, schema, null);
        }
        return shapes;
    }

    private List<SchemaAlternative> and(
            List<SchemaAlternative> shapes, SchemaPart schema, @Nullable Followed followed)
            throws ConstraintException {
        budget.steps(SHAPE_STEPS);
        if (schema.node().isBoolean()) {
            return schema.flag() ? shapes : List.of();
        }
        if (!schema.node().isObject()) {
            throw schema.invalid("a schema must be an object, true or false");
        }
        if (depth == Limits.REFERENCE_DEPTH) {
            throw schema.tooLarge(
                    "references and alternatives lead at most %d deep from one value"
                            .formatted(Limits.REFERENCE_DEPTH));
        }
        depth++;
        List<SchemaAlternative> met = shapes;
        for (Map.Entry<String, SchemaPart> each : schema.namedParts().entrySet()) {
            met = add(met, schema, each, followed);
        }
        depth--;
        return met;
    }

    private List<SchemaAlternative> add(
            List<SchemaAlternative> shapes,
            SchemaPart schema,
            Map.Entry<String, SchemaPart> keyword,
            @Nullable Followed followed)
            throws ConstraintException {
        SchemaPart part = keyword.getValue();
        return switch (keyword.getKey()) {
            case "$ref" -> reference(shapes, part, followed);
            case "allOf" -> {
                List<SchemaAlternative> all = shapes;
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
                for (SchemaAlternative shape : shapes) {
                    budget.steps(1 + shape.factors.size());
                    add(shape, schema, part, keyword.getKey());
                }
                yield shapes;
            }
        };
    }

    private List<SchemaAlternative> either(
            List<SchemaAlternative> shapes, List<SchemaPart> branches, @Nullable Followed followed)
            throws ConstraintException {
        List<SchemaAlternative> ways = new ArrayList<>();
        for (SchemaPart branch : branches) {
            List<SchemaAlternative> copies = new ArrayList<>();
            for (SchemaAlternative shape : shapes) {
                budget.steps(SHAPE_STEPS + shape.size());
                budget.hold(SHAPE_BYTES + (long) ENTRY_BYTES * shape.size());
                copies.add(shape.copy());
            }
            ways.addAll(and(copies, branch, followed));
            if (ways.size() > MOST_SHAPES) {
                throw branch.tooLarge("the schema has too many alternatives here");
            }
        }
        return ways;
    }

    private List<SchemaAlternative> reference(
            List<SchemaAlternative> shapes, SchemaPart part, @Nullable Followed followed)
            throws ConstraintException {
        SchemaPart target = part.target();
        if (Followed.contains(followed, target)) {
            throw part.unsupported("this leads back to itself with no value between");
        }
        List<SchemaAlternative> met = and(shapes, target, new Followed(target, followed));
        for (SchemaAlternative shape : met) {
            budget.step();
            shape.references.add(target);
        }
        return met;
    }

    private void add(SchemaAlternative shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        switch (keyword) {
            case "type" -> shape.retain(types(schema, part));
            case "enum" -> retain(shape, part, part.someItems());
            case "const" -> retain(shape, part, List.of(part));
            case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf" ->
                    addNumber(shape, schema, part, keyword);
            case "minLength", "maxLength", "pattern" -> addString(shape, part, keyword);
            case "format" -> addFormat(shape, part);
            case "items", "prefixItems", "minItems", "maxItems", "uniqueItems" ->
                    addArray(shape, schema, part, keyword);
            case "properties",
                    "additionalProperties",
                    "required",
                    "minProperties",
                    "maxProperties" ->
                    addObject(shape, schema, part, keyword);
            case "nullable" -> part.flag(); // it adds to the type beside it
            default -> refuseUnlessRemark(part, keyword);
        }
    }

    private static void refuseUnlessRemark(SchemaPart part, String keyword)
            throws ConstraintException {
        if (!REMARKS.contains(keyword) && !keyword.startsWith("x-")) {
            throw part.unsupported("the keyword " + MessageText.of(keyword) + " is not supported");
        }
    }

    /** OpenAPI 3.0: {@code nullable} adds null to the types that stand in the same schema. */
    private static Set<ValueType> types(SchemaPart schema, SchemaPart part)
            throws ConstraintException {
        List<SchemaPart> names = part.node().isArray() ? part.someItems() : List.of(part);
        var types = EnumSet.noneOf(ValueType.class);
        for (SchemaPart name : names) {
            Set<ValueType> type = TYPES.get(name.text());
            if (type == null) {
                throw name.invalid("there is no type '" + MessageText.of(name.text()) + "'");
            }
            types.addAll(type);
        }
        if (schema.isTrue("nullable")) {
            types.add(ValueType.NULL);
        }
        return types;
    }

    private void retain(SchemaAlternative shape, SchemaPart part, List<SchemaPart> values)
            throws ConstraintException {
        Constants given = constants.get(part);
        if (given == null) {
            budget.steps((long) SHAPE_STEPS * values.size());
            given = Constants.of(values);
            constants.put(part, given);
        }
        if (shape.values != null) {
            budget.steps((long) SHAPE_STEPS * shape.values.size());
            budget.hold((long) ENTRY_BYTES * shape.values.size());
        }
        shape.retainValues(given);
    }

    private static void addNumber(
            SchemaAlternative shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.INTEGER);
        shape.mean(ValueType.FRACTION);
        switch (keyword) {
            case "minimum" -> shape.raiseLeast(part.number(), schema.isTrue("exclusiveMinimum"));
            case "maximum" -> shape.lowerMost(part.number(), schema.isTrue("exclusiveMaximum"));
            case "exclusiveMinimum" -> {
                if (!isFlag(schema, part, "minimum")) {
                    shape.raiseLeast(part.number(), true);
                }
            }
            case "exclusiveMaximum" -> {
                if (!isFlag(schema, part, "maximum")) {
                    shape.lowerMost(part.number(), true);
                }
            }
            default -> {
                BigDecimal factor = part.number();
                if (factor.signum() <= 0) {
                    throw part.invalid("this must be above 0");
                }
                shape.addFactor(factor);
            }
        }
    }

    /** Whether this is draft 4's word on the bound beside it, which has been or will be read. */
    private static boolean isFlag(SchemaPart schema, SchemaPart part, String bound)
            throws ConstraintException {
        if (!part.node().isBoolean()) {
            return false;
        }
        if (part.flag() && !schema.has(bound)) {
            throw part.invalid(
                    "true excludes the " + bound + ", and there is none; write the bound here");
        }
        return true;
    }

    private void addString(SchemaAlternative shape, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.STRING);
        switch (keyword) {
            case "minLength" -> shape.leastLength = Math.max(shape.leastLength, part.count());
            case "maxLength" -> shape.mostLength = Math.min(shape.mostLength, part.count());
            default -> {
                patterns.expression(part); // refused even if nothing needs it
                shape.patterns.add(part);
            }
        }
    }

    /** Those of whole numbers bound them, those of strings are met, all others are remarks. */
    private static void addFormat(SchemaAlternative shape, SchemaPart part)
            throws ConstraintException {
        String format = part.text();
        int bits = Formats.bits(format);
        if (bits > 0) {
            shape.mean(ValueType.INTEGER);
            shape.bits = Math.min(shape.bits, bits);
        } else if (Formats.pattern(format) != null) {
            shape.mean(ValueType.STRING);
            shape.formats.add(part);
        }
    }

    private static void addArray(
            SchemaAlternative shape, SchemaPart schema, SchemaPart part, String keyword)
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

    private void addObject(
            SchemaAlternative shape, SchemaPart schema, SchemaPart part, String keyword)
            throws ConstraintException {
        shape.mean(ValueType.OBJECT);
        switch (keyword) {
            case "minProperties" ->
                    shape.leastProperties = Math.max(shape.leastProperties, part.count());
            case "maxProperties" ->
                    shape.mostProperties = Math.min(shape.mostProperties, part.count());
            case "required" -> {
                for (SchemaPart name : part.items()) {
                    budget.step();
                    name.wholeText();
                }
                shape.required.add(part);
            }
            case "properties" ->
                    shape.objects.add(
                            new ObjectRule(
                                    part.namedParts(),
                                    childOrNull(schema, "additionalProperties")));
            default -> {
                if (!schema.has("properties")) {
                    shape.objects.add(new ObjectRule(Map.of(), part));
                }
            }
        }
    }
}
