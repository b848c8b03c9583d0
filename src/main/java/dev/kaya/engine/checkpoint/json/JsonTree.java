package dev.kaya.engine.checkpoint.json;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * Builds the tree that {@code Checkpoint.metadata()} speaks of from JSON tokens, strictly: no key
 * twice in one object, no NaN, bounded depth and number of values.
 */
public final class JsonTree {

    private final JsonSource source;
    private int values;
    private int depth;

    /** Trees of values in a document; the bound on values holds for all of them. */
    public JsonTree(JsonSource source) {
        this.source = source;
    }

    /** Reads a document that is one object. */
    public static Map<String, @Nullable Object> document(JsonSource source)
            throws MalformedCheckpointException {
        if (source.next() != JsonToken.START_OBJECT) {
            throw source.fault("an object is expected, beginning with {");
        }
        Map<String, @Nullable Object> tree = new JsonTree(source).object();
        source.end();
        return tree;
    }

    /** The value whose first token the source stands on. */
    public @Nullable Object value(JsonToken token) throws MalformedCheckpointException {
        int most = source.bounds().values();
        if (++values > most) {
            throw source.fault("more than " + most + " values in one document");
        }
        return switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> array(source.next());
            case VALUE_STRING -> source.string();
            case VALUE_NUMBER_INT -> source.integer();
            case VALUE_NUMBER_FLOAT -> source.finiteDouble();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                    throw source.fault("a value is expected");
        };
    }

    /** The object whose opening brace the source stands on. */
    Map<String, @Nullable Object> object() throws MalformedCheckpointException {
        descend();
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (source.next() != JsonToken.END_OBJECT) {
            String name = source.name();
            if (object.containsKey(name)) {
                throw source.fault("the key \"" + name + "\" occurs twice");
            }
            object.put(name, value(source.next()));
        }
        depth--;
        return Collections.unmodifiableMap(object);
    }

    /** The array whose first token behind the opening bracket is {@code first}. */
    List<@Nullable Object> array(JsonToken first) throws MalformedCheckpointException {
        descend();
        List<@Nullable Object> array = new ArrayList<>();
        for (JsonToken token = first; token != JsonToken.END_ARRAY; token = source.next()) {
            array.add(value(token));
        }
        depth--;
        return Collections.unmodifiableList(array);
    }

    private void descend() throws MalformedCheckpointException {
        int deepest = source.bounds().depth().tree();
        if (++depth > deepest) {
            throw source.fault("nested deeper than " + deepest + " levels");
        }
    }
}
