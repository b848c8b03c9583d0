package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.json.JsonCheckpointReader;
import dev.kaya.engine.checkpoint.json.JsonSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JsonToken;

/**
 * Tells JSON weights from the many other JSON files that lie beside a checkpoint: weights have an
 * object {@code weights} at the root, or a matrix of numbers as the root's first value.
 */
final class JsonWeightsSniffer {

    private final JsonSource source;
    private int depth;
    private int rootKeys;
    private boolean weightsKey;
    private boolean insideArray;
    private boolean insideMatrix;

    private JsonWeightsSniffer(JsonSource source) {
        this.source = source;
    }

    /** Whether the file looks like weights; one that is not JSON, or too large, does not. */
    static boolean isWeights(Path path) throws IOException {
        if (Files.size(path) > JsonCheckpointReader.MAX_BYTES) {
            return false;
        }
        try (JsonSource source = JsonSource.of(path, Files.newInputStream(path))) {
            return new JsonWeightsSniffer(source).findsWeights();
        } catch (MalformedCheckpointException e) {
            return false;
        }
    }

    private boolean findsWeights() throws MalformedCheckpointException {
        JsonToken token = source.nextOrEnd();
        while (token != null && !decides(token)) {
            token = source.nextOrEnd();
        }
        return token != null;
    }

    /** Follows one token, and tells whether it shows that these are weights. */
    private boolean decides(JsonToken token) throws MalformedCheckpointException {
        switch (token) {
            case PROPERTY_NAME -> {
                if (depth == 1) {
                    rootKeys++;
                    weightsKey = source.name().equals("weights");
                }
            }
            case START_OBJECT, START_ARRAY -> {
                enter(token == JsonToken.START_ARRAY);
                return depth == 2 && weightsKey && !insideArray;
            }
            case END_OBJECT, END_ARRAY -> depth--;
            case VALUE_NUMBER_FLOAT, VALUE_NUMBER_INT -> {
                return depth == 3 && insideMatrix && rootKeys == 1;
            }
            case VALUE_STRING,
                    VALUE_TRUE,
                    VALUE_FALSE,
                    VALUE_NULL,
                    VALUE_EMBEDDED_OBJECT,
                    NOT_AVAILABLE -> {}
        }
        return false;
    }

    private void enter(boolean array) {
        depth++;
        if (depth == 2) {
            insideArray = array;
            insideMatrix = false;
        } else if (depth == 3) {
            insideMatrix = insideArray && array;
        }
    }
}
