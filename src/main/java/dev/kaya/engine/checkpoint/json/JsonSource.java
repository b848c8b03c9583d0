package dev.kaya.engine.checkpoint.json;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.Closeable;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * A stream of JSON tokens whose every fault is a {@link MalformedCheckpointException} that tells
 * line and column. Not thread-safe.
 */
public final class JsonSource implements Closeable {

    /** Deeper documents are refused; no checkpoint nests more than a handful of levels. */
    static final int MAX_DEPTH = 64;

    /** Where the parser's messages speak of its own classes. */
    private static final Pattern OWN_NAMES = Pattern.compile(", from `[^`]*`");

    private static final int MAX_STRING_CHARS = 16 << 20;
    private static final int MAX_NAME_CHARS = 50_000;

    // NaN and Infinity are let through here so that they are refused with a message of our own.
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(2 * MAX_DEPTH)
                                    .maxStringLength(MAX_STRING_CHARS)
                                    .maxNameLength(MAX_NAME_CHARS)
                                    .build())
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build();

    private final Path path;
    private final long base;
    private final JsonParser parser;

    private JsonSource(Path path, long base, JsonParser parser) {
        this.path = path;
        this.base = base;
        this.parser = parser;
    }

    /** Tokens of a whole file. The stream is closed with the source. */
    public static JsonSource of(Path path, InputStream in) throws MalformedCheckpointException {
        try {
            return new JsonSource(path, 0, FACTORY.createParser(ObjectReadContext.empty(), in));
        } catch (JacksonException e) {
            throw new MalformedCheckpointException(path, -1, "not JSON: " + e.getOriginalMessage());
        }
    }

    /** Tokens of a part of a file that begins at {@code base}. */
    public static JsonSource of(Path path, byte[] part, long base)
            throws MalformedCheckpointException {
        try {
            return new JsonSource(
                    path, base, FACTORY.createParser(ObjectReadContext.empty(), part));
        } catch (JacksonException e) {
            throw new MalformedCheckpointException(
                    path, base, "not JSON: " + e.getOriginalMessage());
        }
    }

    /** The next token; the end of the document is a fault. */
    JsonToken next() throws MalformedCheckpointException {
        JsonToken token = nextOrEnd();
        if (token == null) {
            throw fault(parser.currentLocation(), "the JSON ends too early");
        }
        return token;
    }

    /** The next token, or null at the end of the document. */
    public @Nullable JsonToken nextOrEnd() throws MalformedCheckpointException {
        try {
            return parser.nextToken();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /** The name of the current property. */
    public String name() throws MalformedCheckpointException {
        String name = parser.currentName();
        if (name == null) {
            throw fault("a property name is missing");
        }
        return name;
    }

    String string() throws MalformedCheckpointException {
        try {
            return parser.getString();
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /** The current number; NaN, infinities and numbers beyond double precision are faults. */
    double finiteDouble() throws MalformedCheckpointException {
        try {
            double value = parser.getDoubleValue();
            if (!Double.isFinite(value)) {
                throw fault("the number " + parser.getString() + " is not finite");
            }
            return value;
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /** The current whole number as a {@code Long}, or as a {@code Double} beyond 64 bits. */
    Number integer() throws MalformedCheckpointException {
        try {
            return switch (parser.getNumberType()) {
                case INT, LONG -> parser.getLongValue();
                case BIG_INTEGER, BIG_DECIMAL, FLOAT, DOUBLE -> finiteDouble();
            };
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /** A fault at the current token. */
    MalformedCheckpointException fault(String reason) {
        return fault(parser.currentTokenLocation(), reason);
    }

    /** Requires that the document ends here. */
    void end() throws MalformedCheckpointException {
        if (nextOrEnd() != null) {
            throw fault("something follows the end of the JSON document");
        }
    }

    @Override
    public void close() {
        parser.close();
    }

    private MalformedCheckpointException malformed(JacksonException e) {
        TokenStreamLocation place = e.getLocation();
        String kind = e instanceof JacksonIOException ? "cannot be read: " : "malformed JSON: ";
        return fault(
                place == null ? parser.currentLocation() : place,
                kind + OWN_NAMES.matcher(e.getOriginalMessage()).replaceAll(""));
    }

    private MalformedCheckpointException fault(TokenStreamLocation place, String reason) {
        long offset = place.getByteOffset();
        return new MalformedCheckpointException(
                path,
                offset < 0 ? -1 : base + offset,
                "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": " + reason);
    }
}
