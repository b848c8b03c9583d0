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
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * A stream of JSON tokens whose every fault is a {@link MalformedCheckpointException} that tells
 * line and column. Not thread-safe.
 */
public final class JsonSource implements Closeable {

    /** Where the parser's messages speak of its own classes. */
    private static final Pattern OWN_NAMES = Pattern.compile(", from `[^`]*`");

    private final Path path;
    private final long base;
    private final JsonBounds bounds;
    private final JsonParser parser;

    private JsonSource(Path path, long base, JsonBounds bounds, JsonParser parser) {
        this.path = path;
        this.base = base;
        this.bounds = bounds;
        this.parser = parser;
    }

    /** NaN and Infinity are let through, so that they are refused with a message of our own. */
    private static JsonFactory factory(JsonBounds bounds) {
        return JsonFactory.builder()
                .configure(
                        TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES,
                        bounds.namesRepeat())
                .configure(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES, bounds.namesRepeat())
                .streamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxDocumentLength(bounds.bytes())
                                .maxNestingDepth(bounds.depth().document())
                                .maxNameLength(bounds.lengths().name())
                                .maxStringLength(bounds.lengths().string())
                                .build())
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
    }

    /** Tokens of a whole file of a checkpoint. The stream is closed with the source. */
    public static JsonSource of(Path path, InputStream in) throws MalformedCheckpointException {
        return of(path, in, JsonBounds.CHECKPOINT);
    }

    /** The same within other bounds. */
    public static JsonSource of(Path path, InputStream in, JsonBounds bounds)
            throws MalformedCheckpointException {
        try {
            return new JsonSource(
                    path, 0, bounds, factory(bounds).createParser(ObjectReadContext.empty(), in));
        } catch (JacksonException e) {
            throw new MalformedCheckpointException(path, -1, "not JSON: " + e.getOriginalMessage());
        }
    }

    /** Tokens of a part of a checkpoint that begins at {@code base}. */
    public static JsonSource of(Path path, byte[] part, long base)
            throws MalformedCheckpointException {
        JsonBounds bounds = JsonBounds.CHECKPOINT;
        try {
            return new JsonSource(
                    path,
                    base,
                    bounds,
                    factory(bounds).createParser(ObjectReadContext.empty(), part));
        } catch (JacksonException e) {
            throw new MalformedCheckpointException(
                    path, base, "not JSON: " + e.getOriginalMessage());
        }
    }

    JsonBounds bounds() {
        return bounds;
    }

    /** The name of the file. */
    public Path path() {
        return path;
    }

    /** The token that the source stands on; null before the first and after the last. */
    public @Nullable JsonToken current() {
        return parser.currentToken();
    }

    /** The next token; the end of the document is a fault. */
    public JsonToken next() throws MalformedCheckpointException {
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

    /** The current string. */
    public String string() throws MalformedCheckpointException {
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

    /** Passes over the current value; the source then stands on its last token. */
    public void skip() throws MalformedCheckpointException {
        JsonToken token = parser.currentToken();
        for (int depth = 0; token != null; token = next()) {
            if (token == JsonToken.VALUE_NUMBER_FLOAT) {
                finiteDouble();
            }
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (depth == 0) {
                return;
            }
        }
    }

    /** The current whole number, which must not have more than 64 bits. */
    public long longInteger() throws MalformedCheckpointException {
        try {
            return parser.getLongValue();
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
    public MalformedCheckpointException fault(String reason) {
        return fault(parser.currentTokenLocation(), reason);
    }

    /** Requires that the document ends here. */
    public void end() throws MalformedCheckpointException {
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
