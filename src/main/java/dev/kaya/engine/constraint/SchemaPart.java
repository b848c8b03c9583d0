package dev.kaya.engine.constraint;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A part of a schema and where it stands.
 *
 * @param node what stands there
 * @param pointer a JSON pointer in its form for fragments, {@code #/properties/a}
 */
record SchemaPart(JsonNode node, String pointer) {

    /** A whole schema. */
    static SchemaPart root(JsonNode node) {
        return new SchemaPart(node, "#");
    }

    /** A member of an object, which must be there. */
    SchemaPart child(String name) {
        JsonNode child = node.get(name);
        if (child == null) {
            throw new IllegalArgumentException(pointer + " has no " + name);
        }
        return new SchemaPart(child, pointer + "/" + name.replace("~", "~0").replace("/", "~1"));
    }

    boolean has(String name) {
        return node.has(name);
    }

    ConstraintException invalid(String reason) {
        return ConstraintException.invalid(pointer, reason);
    }

    ConstraintException unsupported(String reason) {
        return ConstraintException.unsupported(pointer, reason);
    }

    /** The items of an array. */
    List<SchemaPart> items() throws ConstraintException {
        if (!node.isArray()) {
            throw invalid("this must be an array");
        }
        List<SchemaPart> items = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            items.add(new SchemaPart(node.get(i), pointer + "/" + i));
        }
        return items;
    }

    /** What is directly within an array or an object. */
    List<SchemaPart> children() throws ConstraintException {
        if (!node.isObject()) {
            return items();
        }
        List<SchemaPart> children = new ArrayList<>();
        for (String name : names()) {
            children.add(child(name));
        }
        return children;
    }

    /** The items of an array, of which there must be one. */
    List<SchemaPart> someItems() throws ConstraintException {
        List<SchemaPart> items = items();
        if (items.isEmpty()) {
            throw invalid("this must not be empty");
        }
        return items;
    }

    /** The members of an object, in order. */
    List<String> names() throws ConstraintException {
        if (!node.isObject()) {
            throw invalid("this must be an object");
        }
        return new ArrayList<>(node.propertyNames());
    }

    String text() throws ConstraintException {
        if (!node.isString()) {
            throw invalid("this must be a string");
        }
        return node.stringValue();
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
     * What a reference leads to.
     *
     * @param reference {@code #}, or {@code #/} and a JSON pointer
     */
    SchemaPart find(SchemaPart reference) throws ConstraintException {
        String text = reference.text();
        if (!text.equals("#") && !text.startsWith("#/")) {
            throw reference.unsupported("only references within the schema, #/…, are supported");
        }
        SchemaPart at = this;
        String[] names = text.split("/", -1);
        for (int i = 1; i < names.length; i++) {
            String name = percentDecoded(names[i]).replace("~1", "/").replace("~0", "~");
            at = at.step(name, reference);
        }
        return at;
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
        throw reference.invalid("this leads nowhere: " + pointer + " has no '" + name + "'");
    }

    private static String percentDecoded(String text) {
        if (!text.matches("(?:[^%]|%[0-9A-Fa-f]{2})*")) {
            return text;
        }
        var bytes = new ByteArrayOutputStream();
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                bytes.write(new BigInteger(text(encoded, i + 1), 16).intValue());
                i += 2;
            } else {
                bytes.write(encoded[i]);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String text(byte[] encoded, int from) {
        return new String(encoded, from, 2, StandardCharsets.US_ASCII);
    }
}
