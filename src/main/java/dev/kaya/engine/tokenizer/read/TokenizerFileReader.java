package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.json.JsonBounds;
import dev.kaya.engine.checkpoint.json.JsonSource;
import dev.kaya.engine.checkpoint.json.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonToken;

/**
 * A JSON file read value by value, with small parts of it as trees; every fault of the JSON is a
 * {@link MalformedCheckpointException}. Not thread-safe.
 */
final class TokenizerFileReader {

    /** The largest file that is read: twice the largest in use. */
    static final long LARGEST_FILE = 64L << 20;

    /**
     * The largest files in use have some ten thousand values in trees. Names are vocabulary entries
     * here, each of which occurs once: to keep them for comparison would cost more than reading
     * them. Without that the parser counts characters, so faults tell line and column, no byte.
     */
    private static final JsonBounds BOUNDS =
            new JsonBounds(
                    LARGEST_FILE,
                    new JsonBounds.Depth(32, 32),
                    1 << 20,
                    new JsonBounds.Lengths(1 << 16, 1 << 16),
                    false);

    private final JsonSource source;
    private final JsonTree trees;

    private TokenizerFileReader(JsonSource source) {
        this.source = source;
        trees = new JsonTree(source);
    }

    /** What to do with an open file. */
    @FunctionalInterface
    interface Reading<T> {
        T read(TokenizerFileReader json) throws IOException;
    }

    /** Opens the file, stands on its first token, and closes it after reading. */
    static <T> T read(Path path, Reading<T> reading) throws IOException {
        return read(path, Files.newInputStream(path), reading);
    }

    /**
     * The same for a stream, which is closed after reading.
     *
     * @param path the name for messages
     * @param stream UTF-8
     */
    static <T> T read(Path path, InputStream stream, Reading<T> reading) throws IOException {
        try (stream;
                JsonSource source = JsonSource.of(path, stream, BOUNDS)) {
            source.nextOrEnd();
            T result = reading.read(new TokenizerFileReader(source));
            source.end();
            return result;
        }
    }

    /** The file's name. */
    Path path() {
        return source.path();
    }

    /** Whether the current value is an object, which {@link #nextName} then walks through. */
    boolean isObject() {
        return source.current() == JsonToken.START_OBJECT;
    }

    /** Whether the current value is an array, which {@link #nextElement} then walks through. */
    boolean isArray() {
        return source.current() == JsonToken.START_ARRAY;
    }

    /** Goes to the next member's value and returns its name, or null at the object's end. */
    @Nullable String nextName() throws MalformedCheckpointException {
        if (source.next() != JsonToken.PROPERTY_NAME) {
            return null;
        }
        String name = source.name();
        source.next();
        return name;
    }

    /** Goes to the next element; false at the array's end. */
    boolean nextElement() throws MalformedCheckpointException {
        return source.next() != JsonToken.END_ARRAY;
    }

    /**
     * The current value, which must be a whole number.
     *
     * @param what what it is, for messages
     */
    long integer(String what) throws MalformedCheckpointException {
        if (source.current() != JsonToken.VALUE_NUMBER_INT) {
            throw malformed(what + " must be a whole number");
        }
        return source.longInteger();
    }

    /** The current value, which must be a string. */
    String string(String what) throws MalformedCheckpointException {
        if (source.current() != JsonToken.VALUE_STRING) {
            throw malformed(what + " must be a string");
        }
        return source.string();
    }

    /** Passes over the current value. */
    void skip() throws MalformedCheckpointException {
        source.skip();
    }

    /** The current value as {@link JsonTree} makes it. */
    @Nullable Object tree() throws MalformedCheckpointException {
        JsonToken token = source.current();
        if (token == null) {
            throw malformed("a value is expected");
        }
        return trees.value(token);
    }

    /** A fault near the current token. */
    MalformedCheckpointException malformed(String reason) {
        return source.fault(reason);
    }
}
