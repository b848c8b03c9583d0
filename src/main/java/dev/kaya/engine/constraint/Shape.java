package dev.kaya.engine.constraint;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What one value must meet, all of it: the keywords of one alternative of a schema, with those of
 * whatever it refers to. Grows while it is read; one thread's.
 */
final class Shape {

    /**
     * One schema's word on objects.
     *
     * @param properties by name, in order
     * @param additional of all others; null when it says nothing
     */
    record ObjectRule(Map<String, SchemaPart> properties, @Nullable SchemaPart additional) {}

    /**
     * One schema's word on arrays.
     *
     * @param prefix of the first items
     * @param items of all others; null when it says nothing
     */
    record ArrayRule(List<SchemaPart> prefix, @Nullable SchemaPart items) {}

    final String pointer;

    /** References that were followed to this. */
    final List<String> references = new ArrayList<>();

    private final EnumSet<ValueType> allowed = EnumSet.allOf(ValueType.class);
    private final EnumSet<ValueType> meant = EnumSet.noneOf(ValueType.class);
    private boolean typed;

    @Nullable List<JsonNode> values;

    @Nullable BigDecimal least;
    boolean aboveLeast;
    @Nullable BigDecimal most;
    boolean belowMost;
    final List<BigDecimal> factors = new ArrayList<>();

    int leastLength;
    int mostLength = Integer.MAX_VALUE;
    final List<SchemaPart> patterns = new ArrayList<>();
    final List<SchemaPart> formats = new ArrayList<>();

    int leastItems;
    int mostItems = Integer.MAX_VALUE;
    @Nullable SchemaPart uniqueItems;
    final List<ArrayRule> arrays = new ArrayList<>();

    int leastProperties;
    int mostProperties = Integer.MAX_VALUE;
    final Map<String, SchemaPart> required = new LinkedHashMap<>();
    final List<ObjectRule> objects = new ArrayList<>();

    /** Anything at all. */
    Shape(String pointer) {
        this.pointer = pointer;
    }

    Shape copy() {
        var copy = new Shape(pointer);
        copy.references.addAll(references);
        copy.allowed.retainAll(allowed);
        copy.meant.addAll(meant);
        copy.typed = typed;
        copy.values = values;
        copy.least = least;
        copy.aboveLeast = aboveLeast;
        copy.most = most;
        copy.belowMost = belowMost;
        copy.factors.addAll(factors);
        copy.leastLength = leastLength;
        copy.mostLength = mostLength;
        copy.patterns.addAll(patterns);
        copy.formats.addAll(formats);
        copy.leastItems = leastItems;
        copy.mostItems = mostItems;
        copy.uniqueItems = uniqueItems;
        copy.arrays.addAll(arrays);
        copy.leastProperties = leastProperties;
        copy.mostProperties = mostProperties;
        copy.required.putAll(required);
        copy.objects.addAll(objects);
        return copy;
    }

    /** Only these types. */
    void retain(Set<ValueType> types) {
        allowed.retainAll(types);
        typed = true;
    }

    /** A keyword of this type stands here: without a word on types, this type is meant. */
    void mean(ValueType type) {
        meant.add(type);
    }

    /** Types that a valid value may have. */
    Set<ValueType> allowed() {
        return allowed;
    }

    /** Types that are written. */
    Set<ValueType> written() {
        if (typed || meant.isEmpty()) {
            return allowed;
        }
        var written = EnumSet.copyOf(allowed);
        written.retainAll(meant);
        return written;
    }

    /** Whether nothing is said at all. */
    boolean isFree() {
        return !typed && meant.isEmpty() && values == null;
    }

    void raiseLeast(BigDecimal bound, boolean strict) {
        int order = least == null ? 1 : bound.compareTo(least);
        if (order > 0) {
            least = bound;
            aboveLeast = strict;
        } else if (order == 0) {
            aboveLeast |= strict;
        }
    }

    void lowerMost(BigDecimal bound, boolean strict) {
        int order = most == null ? -1 : bound.compareTo(most);
        if (order < 0) {
            most = bound;
            belowMost = strict;
        } else if (order == 0) {
            belowMost |= strict;
        }
    }

    /** Only values that were allowed and are among these. */
    void retainValues(List<JsonNode> given) {
        List<JsonNode> before = values;
        if (before == null) {
            values = List.copyOf(given);
            return;
        }
        List<JsonNode> both = new ArrayList<>(before);
        both.removeIf(value -> given.stream().noneMatch(each -> areEqual(value, each)));
        values = both;
    }

    /** Whether two values are the same to JSON Schema: numbers by their value. */
    static boolean areEqual(JsonNode a, JsonNode b) {
        return a.equals(BY_VALUE, b);
    }

    private static final Comparator<JsonNode> BY_VALUE =
            (a, b) -> {
                if (a.isNumber() && b.isNumber()) {
                    return a.decimalValue().compareTo(b.decimalValue());
                }
                return a.equals(b) ? 0 : 1;
            };

    /** What a property's value must meet: the word of every schema here that has one. */
    List<SchemaPart> property(String name) {
        List<SchemaPart> parts = new ArrayList<>();
        for (ObjectRule rule : objects) {
            SchemaPart own = rule.properties().get(name);
            SchemaPart part = own == null ? rule.additional() : own;
            if (part != null) {
                parts.add(part);
            }
        }
        return parts;
    }

    /** Names that some schema here lists, in order, then others that are required. */
    Set<String> names() {
        var names = new LinkedHashSet<String>();
        for (ObjectRule rule : objects) {
            names.addAll(rule.properties().keySet());
        }
        names.addAll(required.keySet());
        return names;
    }

    /** What values of names that are not listed must meet. */
    List<SchemaPart> additional() {
        List<SchemaPart> parts = new ArrayList<>();
        for (ObjectRule rule : objects) {
            if (rule.additional() != null) {
                parts.add(rule.additional());
            }
        }
        return parts;
    }

    /**
     * Whether names are written that are not listed: when a schema is given for them, or none is
     * listed at all, and nothing forbids them.
     */
    boolean isOpen() {
        boolean described = names().isEmpty();
        for (SchemaPart part : additional()) {
            if (part.node().isBoolean() && !part.node().booleanValue()) {
                return false;
            }
            described |= part.node().isObject() && !part.node().isEmpty();
        }
        return described;
    }

    NumberTexts.Bounds bounds() {
        boolean whole = !written().contains(ValueType.FRACTION);
        return new NumberTexts.Bounds(whole, least, aboveLeast, most, belowMost, factors);
    }
}
