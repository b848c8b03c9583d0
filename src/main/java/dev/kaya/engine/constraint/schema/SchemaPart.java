package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.MessageText;
import dev.kaya.engine.tokenizer.WellFormedText;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A part of a schema and where it stands. There is one for each place, so two are the same when
 * they are the same object. Knows the part that it stands in, and spells its pointer only when it
 * is asked for; one thread's.
 */
final class SchemaPart {

    /** Characters of a pointer, about; longer ones are told by their beginning and end. */
    private static final int LONGEST_POINTER = 1_000;

    private final JsonNode node;
    private final @Nullable SchemaPart parent;
    private final String name;
    private @Nullable String pointer;
    private @Nullable Map<String, SchemaPart> members;
    private @Nullable List<SchemaPart> items;
    private @Nullable SchemaPart target;

    private SchemaPart(JsonNode node, @Nullable SchemaPart parent, String name) {
        this.node = node;
        this.parent = parent;
        this.name = name;
    }

    /** A whole schema. */
    static SchemaPart root(JsonNode node) {
        return new SchemaPart(node, null, "");
    }

    /** What stands here. */
    JsonNode node() {
        return node;
    }

    /** A JSON pointer in its form for fragments, {@code #/properties/a}; long ones are cut. */
    String pointer() {
        if (pointer == null) {
            pointer = parent == null ? "#" : parent.beginning() + "/" + escaped(name);
        }
        return pointer;
    }

    private String beginning() {
        String whole = pointer();
        if (whole.length() < LONGEST_POINTER) {
            return whole;
        }
        return WellFormedText.beginning(whole, LONGEST_POINTER / 2) + "/…";
    }

    private static String escaped(String name) {
        return MessageText.of(name).replace("~", "~0").replace("/", "~1");
    }

    /** A member of an object, which must be there. */
    SchemaPart child(String name) {
        SchemaPart child = members().get(name);
        if (child == null) {
            throw new IllegalArgumentException(pointer() + " has no " + name);
        }
        return child;
    }

    private Map<String, SchemaPart> members() {
        if (members == null) {
            members = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> each : node.properties()) {
                members.put(each.getKey(), new SchemaPart(each.getValue(), this, each.getKey()));
            }
        }
        return members;
    }

    boolean has(String name) {
        return node.has(name);
    }

    /** Whether a member is there and true. */
    boolean isTrue(String name) {
        return node.path(name).isBoolean() && node.path(name).booleanValue();
    }

    ConstraintException invalid(String reason) {
        return ConstraintException.invalid(pointer(), reason);
    }

    ConstraintException unsupported(String reason) {
        return ConstraintException.unsupported(pointer(), reason);
    }

    ConstraintException tooLarge(String reason) {
        return ConstraintException.tooLarge(pointer(), reason);
    }

    /** The items of an array. */
    List<SchemaPart> items() throws ConstraintException {
        if (!node.isArray()) {
            throw invalid("this must be an array");
        }
        if (items == null) {
            items = new ArrayList<>();
            for (JsonNode each : node) {
                items.add(new SchemaPart(each, this, Integer.toString(items.size())));
            }
        }
        return items;
    }

    /** What is directly within an array or an object. */
    Iterable<SchemaPart> children() throws ConstraintException {
        return node.isObject() ? members().values() : items();
    }

    /** The items of an array, of which there must be one. */
    List<SchemaPart> someItems() throws ConstraintException {
        List<SchemaPart> all = items();
        if (all.isEmpty()) {
            throw invalid("this must not be empty");
        }
        return all;
    }

    /** The members of an object by name, in order; names must be of whole characters. */
    Map<String, SchemaPart> namedParts() throws ConstraintException {
        if (!node.isObject()) {
            throw invalid("this must be an object");
        }
        for (SchemaPart member : members().values()) {
            member.requireWhole(member.name);
        }
        return members();
    }

    String text() throws ConstraintException {
        if (!node.isString()) {
            throw invalid("this must be a string");
        }
        return node.stringValue();
    }

    /** A string that can be written: of whole characters. */
    String wholeText() throws ConstraintException {
        String text = text();
        requireWhole(text);
        return text;
    }

    /** Refuses, at every place within a value, strings and names that cannot be written. */
    void requireWholeTexts() throws ConstraintException {
        if (node.isString()) {
            requireWhole(node.stringValue());
        } else if (node.isContainer()) {
            for (SchemaPart child : children()) {
                child.requireWhole(child.name);
                child.requireWholeTexts();
            }
        }
    }

    private void requireWhole(String text) throws ConstraintException {
        int half = WellFormedText.firstUnpaired(text, 0);
        if (half >= 0) {
            throw invalid(
                    "this has half of a surrogate pair, "
                            + MessageText.escape(text.charAt(half))
                            + ", which is not a character");
        }
    }

    boolean flag() throws ConstraintException {
        if (!node.isBoolean()) {
            throw invalid("this must be true or false");
        }
        return node.booleanValue();
    }

    BigDecimal number() throws ConstraintException {
        if (!node.isNumber()) {
            throw invalid("this must be a number");
        }
        return node.decimalValue();
    }

    /** A whole number from 0; those too large for an int are the largest int. */
    int count() throws ConstraintException {
        BigDecimal number = number();
        if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
            throw invalid("this must be a whole number from 0");
        }
        BigDecimal most = BigDecimal.valueOf(Integer.MAX_VALUE);
        return number.compareTo(most) > 0 ? Integer.MAX_VALUE : number.intValue();
    }

    /**
     * What this, a reference, leads to: {@code #}, or {@code #/} and a JSON pointer, from the
     * nearest schema around it that has an {@code $id}, else from the whole.
     */
    SchemaPart target() throws ConstraintException {
        if (target == null) {
            target = find(text());
        }
        return target;
    }

    private SchemaPart find(String text) throws ConstraintException {
        if (!text.equals("#") && !text.startsWith("#/")) {
            throw unsupported("only references within the schema, #/…, are supported");
        }
        SchemaPart at = resource();
        for (int slash = text.indexOf('/'); slash >= 0; ) {
            int next = text.indexOf('/', slash + 1);
            String step = text.substring(slash + 1, next < 0 ? text.length() : next);
            at = at.step(percentDecoded(step).replace("~1", "/").replace("~0", "~"), this);
            slash = next;
        }
        return at;
    }

    private SchemaPart resource() {
        SchemaPart at = this;
        while (at.parent != null && !at.isResource()) {
            at = at.parent;
        }
        return at;
    }

    private boolean isResource() {
        JsonNode id = node.path("$id");
        return id.isString() && !id.stringValue().startsWith("#");
    }

    private SchemaPart step(String name, SchemaPart reference) throws ConstraintException {
        if (node.isObject() && node.has(name)) {
            return child(name);
        }
        if (node.isArray() && name.matches("0|[1-9][0-9]{0,5}")) {
            int index = Integer.parseInt(name);
            if (index < node.size()) {
                return items().get(index);
            }
        }
        throw reference.invalid(
                "this leads nowhere: " + pointer() + " has no '" + MessageText.of(name) + "'");
    }

    /** Without percent signs; the same where one is not followed by two hexadecimal digits. */
    private static String percentDecoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        var bytes = new ByteArrayOutputStream();
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
                int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    return text;
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.write(encoded[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
