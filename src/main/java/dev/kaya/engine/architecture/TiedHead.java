package dev.kaya.engine.architecture;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.dialect.NamedTensors;
import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Whether the head of a model is its token embedding: it is where the file has no other, or repeats
 * the embedding to the bit, as many training programs do.
 */
public final class TiedHead {

    private static final int WINDOW_BYTES = 1 << 20;

    private TiedHead() {}

    /**
     * Whether a checkpoint has one matrix for both.
     *
     * @throws MalformedCheckpointException when {@code tie_word_embeddings} contradicts the file
     * @throws IOException when the file cannot be read
     */
    public static boolean of(NamedTensors weights, ConfigValues values) throws IOException {
        TensorSource embedding = weights.get(WeightRole.TOKEN_EMBEDDING, 0);
        TensorSource head = weights.find(WeightRole.HEAD, 0);
        boolean tied = head == null || isSame(embedding, head);
        boolean declared = values.flag("tie_word_embeddings", tied);
        if (head == null && !declared) {
            throw new MalformedCheckpointException(
                    weights.path(),
                    -1,
                    weights.dialect().has(WeightRole.HEAD)
                            ? weights.dialect().key(WeightRole.HEAD, 0)
                                    + " is missing, and tie_word_embeddings is false"
                            : "no tensor is the head, and tie_word_embeddings is false");
        }
        if (head != null && declared && !tied) {
            throw values.wrong(
                    Setting.TIED,
                    "false where %s is not %s".formatted(head.name(), embedding.name()),
                    true);
        }
        return tied;
    }

    /** Most pairs differ in their first window. */
    private static boolean isSame(TensorSource one, TensorSource other) throws IOException {
        if (one.type() != other.type() || !one.shape().equals(other.shape())) {
            return false;
        }
        long atOnce = (long) WINDOW_BYTES / one.type().blockBytes() * one.type().blockElements();
        MemorySegment window = MemorySegment.ofArray(new byte[WINDOW_BYTES]);
        MemorySegment otherWindow = MemorySegment.ofArray(new byte[WINDOW_BYTES]);
        for (long first = 0; first < one.elementCount(); first += atOnce) {
            long count = Math.min(atOnce, one.elementCount() - first);
            one.read(first, count, window);
            other.read(first, count, otherWindow);
            long bytes = one.type().bytes(count);
            if (window.asSlice(0, bytes).mismatch(otherWindow.asSlice(0, bytes)) >= 0) {
                return false;
            }
        }
        return true;
    }
}
