package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON file read as a stream of tokens, with small parts of it as trees. Bounded in size, depth
 * and the length of names and strings; every fault of the JSON is a {@link
 * MalformedCheckpointException}. Not thread-safe.
 */
final class TokenizerFileReader {

    /** The largest file that is read: twice the largest in use. */
    static final long LARGEST_FILE = 64L << 20;

    /** The most values in all trees of a file; the largest in use have some ten thousand. */
    private static final int MOST_TREE_VALUES = 1 << 20;

    private static final int LONGEST_STRING = 1 << 16;

    /**
     * Names are vocabulary entries here, each of which occurs once: to keep them for comparison
     * would cost more than reading them.
     */
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxDocumentLength(LARGEST_FILE)
                                    .maxNestingDepth(32)
                                    .maxNameLength(LONGEST_STRING)
                                    .maxStringLength(LONGEST_STRING)
                                    .build())
                    .build();

    private final Path path;
    private final JsonParser parser;
    private int treeValues;

    private TokenizerFileReader(Path path, JsonParser parser) {
        this.path = path;
        this.parser = parser;
    }

    /** What to do with an open file. */
    @FunctionalInterface
    interface Reading<T> {
        T read(TokenizerFileReader json) throws IOException;
    }

    /** Opens the file, stands on its first token, and closes it after reading. */
    static <T> T read(Path path, Reading<T> reading) throws IOException {
        try (InputStream stream = Files.newInputStream(path)) {
            return read(path, stream, reading);
        }
    }

    /**
     * The same for a stream.
     *
     * @param path the name for messages
     * @param stream UTF-8; the caller closes it
     */
    static <T> T read(Path path, InputStream stream, Reading<T> reading) throws IOException {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), stream)) {
            parser.nextToken();
            var json = new TokenizerFileReader(path, parser);
            T result = reading.read(json);
            if (parser.nextToken() != null) {
                throw json.malformed("there is more after the end of the JSON");
            }
            return result;
        } catch (JacksonIOException e) {
            throw e.getCause();
        } catch (JacksonException e) {
            var malformed =
                    malformed(path, e.getLocation(), "not valid JSON: " + e.getOriginalMessage());
            malformed.initCause(e);
            throw malformed;
        }
    }

    /** The file's name. */
    Path path() {
        return path;
    }

    /** Whether the current value is an object, which {@link #nextName} then walks through. */
    boolean isObject() {
        return parser.currentToken() == JsonToken.START_OBJECT;
    }

    /** Whether the current value is an array, which {@link #nextElement} then walks through. */
    boolean isArray() {
        return parser.currentToken() == JsonToken.START_ARRAY;
    }

    /** Goes to the next member's value and returns its name, or null at the object's end. */
    @Nullable String nextName() {
        String name = parser.nextName();
        if (name != null) {
            parser.nextToken();
        }
        return name;
    }

    /** Goes to the next element; false at the array's end. */
    boolean nextElement() {
        return parser.nextToken() != JsonToken.END_ARRAY;
    }

    /**
     * The current value, which must be a whole number.
     *
     * @param what what it is, for messages
     */
    long integer(String what) throws MalformedCheckpointException {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw malformed(what + " must be a whole number");
        }
        return parser.getLongValue();
    }

    /** The current value, which must be a string. */
    String string(String what) throws MalformedCheckpointException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw malformed(what + " must be a string");
        }
        return parser.getString();
    }

    /** Passes over the current value. */
    void skip() {
        parser.skipChildren();
    }

    /**
     * The current value as a tree of {@code Map<String, Object>}, {@code List<Object>}, {@code
     * String}, {@code Long}, {@code Double}, {@code Boolean} and null.
     */
    @Nullable Object tree() throws MalformedCheckpointException {
        if (++treeValues > MOST_TREE_VALUES) {
            throw malformed("there are more than " + MOST_TREE_VALUES + " values");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                    throw malformed("a value is missing");
        };
    }

    /** A fault near the current token. */
    MalformedCheckpointException malformed(String reason) {
        return malformed(path, parser.currentTokenLocation(), reason);
    }

    /** Line and column, not a byte: the parser counts characters. */
    private static MalformedCheckpointException malformed(
            Path path, @Nullable TokenStreamLocation location, String reason) {
        String where =
                location == null
                        ? ""
                        : "line %d, column %d: "
                                .formatted(location.getLineNr(), location.getColumnNr());
        return new MalformedCheckpointException(path, -1, where + reason);
    }

    private Map<String, @Nullable Object> object() throws MalformedCheckpointException {
        var members = new LinkedHashMap<String, @Nullable Object>();
        for (String name = nextName(); name != null; name = nextName()) {
            if (members.containsKey(name)) {
                throw malformed("the name '" + name + "' stands twice in one object");
            }
            members.put(name, tree());
        }
        return members;
    }

    private List<@Nullable Object> array() throws MalformedCheckpointException {
        var elements = new ArrayList<@Nullable Object>();
        while (nextElement()) {
            elements.add(tree());
        }
        return elements;
    }
}
