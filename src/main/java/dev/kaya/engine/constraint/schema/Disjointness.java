package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import java.math.BigDecimal;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Tells whether what is written for one branch of a {@code oneOf} could meet another too, which
 * would make it invalid. Says so only when it is certain: of types, constants, ranges, lengths, and
 * properties that are such.
 */
final class Disjointness {

    private static final int MOST_DEPTH = 4;

    private static final int PAIR_STEPS = 30;
    private static final int DIGITS_A_STEP = 16; // of a division, whose time grows by the square

    private final SchemaReader reader;
    private final CompilationBudget budget;
    private final Set<SchemaPart> checked = new HashSet<>();

    /** What must hold of the values of some schemas, which are the same objects each time. */
    private final Map<List<SchemaPart>, List<SchemaAlternative>> shapes = new HashMap<>();

    Disjointness(SchemaReader reader, CompilationBudget budget) {
        this.reader = reader;
        this.budget = budget;
    }

    /** Refuses a {@code oneOf} of which two branches may be met at once. */
    void check(SchemaPart oneOf) throws ConstraintException {
        if (!checked.add(oneOf)) {
            return;
        }
        List<SchemaPart> branches = oneOf.someItems();
        for (int i = 0; i < branches.size(); i++) {
            for (int j = 0; j < branches.size(); j++) {
                if (i != j && !exclude(branches.get(i), branches.get(j), 0)) {
                    throw oneOf.unsupported(
                            "a value may meet both %d and %d of these; use anyOf, or tell them apart"
                                            .formatted(Math.min(i, j), Math.max(i, j))
                                    + " by a required property's const");
                }
            }
        }
    }

    private boolean exclude(SchemaPart written, SchemaPart other, int depth)
            throws ConstraintException {
        return exclude(List.of(written), List.of(other), depth);
    }

    /** Whether no value written for some schemas meets others. */
    private boolean exclude(List<SchemaPart> written, List<SchemaPart> others, int depth)
            throws ConstraintException {
        if (depth > MOST_DEPTH) {
            return false;
        }
        List<SchemaAlternative> otherShapes = shapes(others);
        for (SchemaAlternative shape : shapes(written)) {
            for (SchemaAlternative other : otherShapes) {
                budget.steps(PAIR_STEPS);
                if (!excludes(shape, other, depth)) {
                    return false;
                }
            }
        }
        return true;
    }

    private List<SchemaAlternative> shapes(List<SchemaPart> schemas) throws ConstraintException {
        List<SchemaAlternative> known = shapes.get(schemas);
        if (known == null) {
            known = reader.shapes(schemas, "#");
            shapes.put(schemas, known);
        }
        return known;
    }

    private boolean excludes(SchemaAlternative written, SchemaAlternative other, int depth)
            throws ConstraintException {
        if (written.values != null) {
            for (JsonNode value : written.values.values()) {
                budget.steps(PAIR_STEPS);
                if (typeOf(written, value) && !isInvalid(value, other, depth)) {
                    return false;
                }
            }
            return true;
        }
        Set<ValueType> types = EnumSet.noneOf(ValueType.class);
        types.addAll(written.written());
        types.retainAll(other.allowed());
        if (other.values != null) {
            for (JsonNode value : other.values.values()) {
                budget.steps(PAIR_STEPS);
                if (types.contains(type(value)) && isWithin(value, written, budget)) {
                    return false;
                }
            }
            return true;
        }
        for (ValueType type : types) {
            if (!excludes(type, written, other, depth)) {
                return false;
            }
        }
        return true;
    }

    private static boolean typeOf(SchemaAlternative shape, JsonNode value) {
        return shape.allowed().contains(type(value));
    }

    /** The type of a value; whole numbers may be written with a point. */
    static ValueType type(JsonNode value) {
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            return number.stripTrailingZeros().scale() <= 0
                    ? ValueType.INTEGER
                    : ValueType.FRACTION;
        }
        if (value.isString()) {
            return ValueType.STRING;
        }
        if (value.isBoolean()) {
            return ValueType.BOOLEAN;
        }
        return value.isArray()
                ? ValueType.ARRAY
                : value.isObject() ? ValueType.OBJECT : ValueType.NULL;
    }

    private boolean isInvalid(JsonNode value, SchemaAlternative shape, int depth)
            throws ConstraintException {
        budget.steps(PAIR_STEPS);
        if (!typeOf(shape, value) || !isWithin(value, shape, budget)) {
            return true;
        }
        if (shape.values != null) {
            return !shape.values.contains(value);
        }
        if (!value.isObject() || depth > MOST_DEPTH) {
            return false;
        }
        for (String name : shape.requiredNames().keySet()) {
            budget.step();
            if (!value.has(name)) {
                return true;
            }
        }
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            boolean invalid = true;
            for (SchemaAlternative each : shapes(shape.property(member.getKey()))) {
                invalid &= isInvalid(member.getValue(), each, depth + 1);
            }
            if (invalid) {
                return true;
            }
        }
        return false;
    }

    /** Whether a value is not outside of a shape's ranges and lengths. */
    static boolean isWithin(JsonNode value, SchemaAlternative shape, CompilationBudget budget)
            throws ConstraintException {
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            int low = shape.least == null ? 1 : number.compareTo(shape.least);
            int high = shape.most == null ? -1 : number.compareTo(shape.most);
            boolean within =
                    low >= (shape.aboveLeast ? 1 : 0) && high <= (shape.belowMost ? -1 : 0);
            for (BigDecimal factor : shape.factors) {
                long digits = number.precision() + Math.abs((long) number.scale() - factor.scale());
                budget.steps(PAIR_STEPS + digits * digits / DIGITS_A_STEP);
                within &= number.remainder(factor).signum() == 0;
            }
            return within;
        }
        if (value.isString()) {
            String text = value.stringValue();
            int length = text.codePointCount(0, text.length());
            return length >= shape.leastLength && length <= shape.mostLength;
        }
        if (value.isArray()) {
            return value.size() >= shape.leastItems && value.size() <= shape.mostItems;
        }
        if (value.isObject()) {
            return value.size() >= shape.leastProperties && value.size() <= shape.mostProperties;
        }
        return true;
    }

    private boolean excludes(
            ValueType type, SchemaAlternative written, SchemaAlternative other, int depth)
            throws ConstraintException {
        return switch (type) {
            case NULL, BOOLEAN -> false;
            case INTEGER, FRACTION -> isBelow(written, other) || isBelow(other, written);
            case STRING ->
                    written.mostLength < other.leastLength
                            || other.mostLength < written.leastLength;
            case ARRAY ->
                    written.mostItems < other.leastItems || other.mostItems < written.leastItems;
            case OBJECT -> objectsExclude(written, other, depth);
        };
    }

    /** Whether all of one range is below all of another. */
    private static boolean isBelow(SchemaAlternative low, SchemaAlternative high) {
        if (low.most == null || high.least == null) {
            return false;
        }
        int order = low.most.compareTo(high.least);
        return order < 0 || (order == 0 && (low.belowMost || high.aboveLeast));
    }

    private boolean objectsExclude(SchemaAlternative written, SchemaAlternative other, int depth)
            throws ConstraintException {
        Set<String> names = written.names();
        budget.steps(names.size());
        boolean writesOthers = written.mayWriteOthers();
        for (String name : other.requiredNames().keySet()) {
            budget.step();
            if (!names.contains(name) && !writesOthers) {
                return true; // it is never written
            }
        }
        for (String name : written.requiredNames().keySet()) {
            budget.steps(1L + written.objects.size() + other.objects.size());
            List<SchemaPart> others = other.property(name);
            if (!others.isEmpty() && exclude(written.property(name), others, depth + 1)) {
                return true;
            }
        }
        return false;
    }
}
