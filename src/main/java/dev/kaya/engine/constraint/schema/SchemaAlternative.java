package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.ConstraintException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one value must meet, all of it: the keywords of one alternative of a schema, with those of
 * whatever it refers to. Grows while it is read; one thread's.
 */
final class SchemaAlternative {

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

    /** What references led to that were followed to this. */
    final List<SchemaPart> references = new ArrayList<>();

    private final EnumSet<ValueType> allowed = EnumSet.allOf(ValueType.class);
    private final EnumSet<ValueType> meant = EnumSet.noneOf(ValueType.class);
    private boolean typed;

    @Nullable Constants values;

    @Nullable BigDecimal least;
    boolean aboveLeast;
    @Nullable BigDecimal most;
    boolean belowMost;
    final List<BigDecimal> factors = new ArrayList<>();

    /** Whole numbers of so many bits with a sign are written; as many as one likes by default. */
    int bits = Integer.MAX_VALUE;

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

    /** Lists of names that are required. */
    final List<SchemaPart> required = new ArrayList<>();

    final List<ObjectRule> objects = new ArrayList<>();

    private @Nullable Map<String, SchemaPart> requiredNames;
    private @Nullable Set<String> names;

    /** Anything at all. */
    SchemaAlternative(String pointer) {
        this.pointer = pointer;
    }

    SchemaAlternative copy() {
        var copy = new SchemaAlternative(pointer);
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
        copy.bits = bits;
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
        copy.required.addAll(required);
        copy.objects.addAll(objects);
        return copy;
    }

    /** Entries of all its lists: what a copy takes. */
    int size() {
        return references.size()
                + factors.size()
                + patterns.size()
                + formats.size()
                + arrays.size()
                + required.size()
                + objects.size();
    }

    /** Whether anything is said of what is in an array or object, but how much. */
    boolean hasRulesOfContents() {
        return !objects.isEmpty()
                || !arrays.isEmpty()
                || !required.isEmpty()
                || uniqueItems != null;
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
        var written = EnumSet.copyOf(allowed);
        if (!typed && !meant.isEmpty()) {
            written.retainAll(meant);
        }
        if (bits < Integer.MAX_VALUE) {
            written.remove(ValueType.FRACTION);
        }
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
    void retainValues(Constants given) {
        values = values == null ? given : values.and(given);
    }

    /** A multiple of this is wanted too. */
    void addFactor(BigDecimal factor) {
        for (BigDecimal each : factors) {
            if (each.compareTo(factor) == 0) {
                return;
            }
        }
        factors.add(factor);
    }

    /** Where names stand that must be there, by name, in order; asked once all is read. */
    Map<String, SchemaPart> requiredNames() throws ConstraintException {
        if (requiredNames == null) {
            requiredNames = new LinkedHashMap<>();
            for (SchemaPart list : required) {
                for (SchemaPart name : list.items()) {
                    requiredNames.putIfAbsent(name.text(), name);
                }
            }
        }
        return requiredNames;
    }

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

    /**
     * Names that some schema here lists, in order, then others that are required; asked once all is
     * read.
     */
    Set<String> names() throws ConstraintException {
        if (names == null) {
            names = new LinkedHashSet<>();
            for (ObjectRule rule : objects) {
                names.addAll(rule.properties().keySet());
            }
            names.addAll(requiredNames().keySet());
        }
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
    boolean isOpen() throws ConstraintException {
        if (forbidsOthers()) {
            return false;
        }
        boolean described = names().isEmpty();
        for (SchemaPart part : additional()) {
            described |= part.node().isObject() && !part.node().isEmpty();
        }
        return described;
    }

    /** Whether there is an object with a name that is not listed. */
    boolean mayWriteOthers() throws ConstraintException {
        return isOpen() || (leastProperties > requiredNames().size() && !forbidsOthers());
    }

    /** Whether names that are not listed are forbidden. */
    boolean forbidsOthers() {
        for (ObjectRule rule : objects) {
            SchemaPart others = rule.additional();
            if (others != null && others.node().isBoolean() && !others.node().booleanValue()) {
                return true;
            }
        }
        return false;
    }

    NumberBounds bounds() {
        boolean whole = !written().contains(ValueType.FRACTION);
        return new NumberBounds(whole, least, aboveLeast, most, belowMost, factors).within(bits);
    }
}
