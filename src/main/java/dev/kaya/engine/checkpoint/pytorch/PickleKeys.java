package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.pytorch.PickleValue.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Turns dict keys into strings: numbers as decimals, bytes by their code points, the rest as Python
 * prints it.
 */
final class PickleKeys {

    private static final int MAX_TUPLE_ITEMS = 8;
    // Keys that are built anew for each use are short, so that a shared one does not multiply.
    private static final int MAX_ITEM_CHARS = 128;

    private PickleKeys() {}

    static String text(@Nullable Object key, ByteCursor in) throws MalformedCheckpointException {
        return key instanceof Tuple tuple ? tuple(tuple, in) : scalar(key, in);
    }

    /** Such as {@code (97, 98)}, the pairs of a byte-pair merge table. */
    private static String tuple(Tuple tuple, ByteCursor in) throws MalformedCheckpointException {
        if (tuple.items().size() > MAX_TUPLE_ITEMS) {
            throw in.fault("a dict key has more than " + MAX_TUPLE_ITEMS + " parts");
        }
        StringJoiner joiner = new StringJoiner(", ", "(", ")");
        for (Object item : tuple.items()) {
            String text = scalar(item, in);
            if (text.length() > MAX_ITEM_CHARS) {
                throw in.fault("a part of a dict key is longer than " + MAX_ITEM_CHARS);
            }
            joiner.add(text);
        }
        return joiner.toString();
    }

    private static String scalar(@Nullable Object key, ByteCursor in)
            throws MalformedCheckpointException {
        return switch (key) {
            case null -> "None";
            case String text -> text;
            case Boolean truth -> truth ? "True" : "False";
            case Long number -> number.toString();
            case Double number -> number.toString();
            case byte[] bytes when bytes.length <= MAX_ITEM_CHARS ->
                    new String(bytes, StandardCharsets.ISO_8859_1);
            default -> throw in.fault("a dict key is neither a string nor a number that fits");
        };
    }
}
