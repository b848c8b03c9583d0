package dev.kaya.engine;

import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.model.TransformerModel;
import dev.kaya.engine.resolve.GenerationDefaults;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint ready to be served: immutable, shared by everybody.
 *
 * @param card what people want to know of it
 * @param model what computes
 * @param tokenizer text to ids and back
 * @param specialTokens where texts begin and end
 * @param defaults sampling values that the checkpoint recommends
 */
public record LoadedModel(
        Card card,
        TransformerModel model,
        Tokenizer tokenizer,
        SpecialTokens specialTokens,
        GenerationDefaults defaults) {

    /**
     * What people want to know of a model.
     *
     * @param name the folder's or file's name
     * @param path where it was loaded from
     * @param container of the file, such as {@code safetensors}
     * @param dialect whose names and shapes it has
     * @param contents sizes and types of the weights
     */
    public record Card(
            String name, Path path, String container, String dialect, Contents contents) {}

    /**
     * Sizes and types of the weights.
     *
     * @param parameters elements of all tensors, a tied one counted once
     * @param elementsByType how many elements are stored how
     * @param heldAs the types of the matrices in memory
     * @param bytes of the matrices in memory
     * @param fingerprint sixteen hexadecimal digits that change when a weight does
     */
    public record Contents(
            long parameters,
            Map<DataType, Long> elementsByType,
            Set<DataType> heldAs,
            long bytes,
            String fingerprint) {
        public Contents {
            elementsByType = Map.copyOf(elementsByType);
            heldAs = Set.copyOf(heldAs);
        }
    }

    /** Whether the context's end ends a text of this model unless a request says otherwise. */
    public boolean stopsAtContextEnd() {
        return card.dialect().equals(Dialects.MICROGPT.name());
    }

    /** Its tokens. */
    public Vocabulary vocabulary() {
        return new Vocabulary(tokenizer, specialTokens, model.config().dimensions().vocabulary());
    }
}
