package dev.kaya.backend;

import dev.kaya.engine.Vocabulary;
import dev.kaya.engine.resolve.GenerationDefaults;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What must be known of a model to check its requests and to describe it. Immutable.
 *
 * @param name by which clients ask for it
 * @param vocabulary its tokens
 * @param context how long its texts can be
 * @param defaults sampling values that its checkpoint recommends
 * @param weights what it is made of
 */
public record ModelCard(
        String name,
        Vocabulary vocabulary,
        Context context,
        GenerationDefaults defaults,
        Weights weights) {

    /**
     * The context of a model.
     *
     * @param length most positions of a text
     * @param stopsAtEnd whether its end ends a text unless a request says otherwise
     */
    public record Context(int length, boolean stopsAtEnd) {}

    /**
     * What a model is made of, for people.
     *
     * @param dialect whose names its checkpoint has
     * @param container of the file
     * @param parameters elements of all tensors, a tied one counted once
     * @param elementsByType how many of them are stored how
     * @param fingerprint sixteen hexadecimal digits that change when a weight does
     * @param keyValueBytesPerToken bytes of the KV cache for each token
     * @param assumptions what the checkpoint does not say, and was assumed
     */
    public record Weights(
            String dialect,
            String container,
            long parameters,
            SortedMap<String, Long> elementsByType,
            String fingerprint,
            long keyValueBytesPerToken,
            List<String> assumptions) {
        public Weights {
            elementsByType = Collections.unmodifiableSortedMap(new TreeMap<>(elementsByType));
            assumptions = List.copyOf(assumptions);
        }
    }
}
