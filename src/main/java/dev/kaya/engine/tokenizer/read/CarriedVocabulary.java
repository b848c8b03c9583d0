package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Finds a vocabulary of characters or words in the metadata of a checkpoint, in every form in which
 * training code leaves one: {@code stoi}, {@code itos}, or both; a list or a text of all {@code
 * chars}; at the root, or one level below it ({@code meta}, {@code config}, {@code tokenizer} and
 * the like); under any of the usual names.
 */
public final class CarriedVocabulary {

    private static final List<String> IDS_BY_TOKEN =
            List.of(
                    "stoi",
                    "str_to_int",
                    "char_to_idx",
                    "char2idx",
                    "char_to_ix",
                    "char_to_id",
                    "char_to_int",
                    "token_to_id",
                    "word_to_idx",
                    "word2idx",
                    "word_to_id");

    private static final List<String> TOKENS_BY_ID =
            List.of(
                    "itos",
                    "int_to_str",
                    "idx_to_char",
                    "idx2char",
                    "ix_to_char",
                    "id_to_char",
                    "int_to_char",
                    "id_to_token",
                    "idx_to_word",
                    "idx2word",
                    "id_to_word");

    private static final List<String> ALL_TOKENS =
            List.of("chars", "characters", "uchars", "vocab", "vocabulary", "alphabet");

    private final Path file;
    private final int vocabularySize;

    private CarriedVocabulary(Path file, int vocabularySize) {
        this.file = file;
        this.vocabularySize = vocabularySize;
    }

    /**
     * Looks for a vocabulary.
     *
     * @param file where the metadata comes from, for messages
     * @param metadata with numbers as {@code Long} and keys that are numbers as decimals
     * @param vocabularySize of the model: a text of another length is no list of its characters
     * @return null when there is none
     * @throws MalformedCheckpointException when there is one, but it contradicts itself
     */
    public static @Nullable Tokenizer find(
            Path file, Map<String, @Nullable Object> metadata, int vocabularySize)
            throws MalformedCheckpointException {
        var search = new CarriedVocabulary(file, vocabularySize);
        Tokenizer found = search.in(metadata);
        for (Object nested : metadata.values()) {
            if (found == null && nested instanceof Map<?, ?> map) {
                found = search.in(map);
            }
        }
        return found;
    }

    /**
     * The characters of microgpt, with the BOS that begins and ends its texts.
     *
     * @param characters by their ids
     * @param bos its id; null when it comes after the characters, if the model has a row for it
     * @param vocabularySize of the model
     */
    public static Tokenizer microgpt(
            Path file, List<?> characters, @Nullable Object bos, int vocabularySize)
            throws MalformedCheckpointException {
        var vocabulary = new PlainVocabulary(file);
        long id = 0;
        for (Object character : characters) {
            vocabulary.add(id++, String.valueOf(character));
        }
        if (bos == null && vocabularySize == id) {
            return vocabulary.tokenizer();
        }
        long bosId = bos instanceof Long number ? number : id;
        if (bosId < 0 || bosId >= VocabularyBuilder.ID_LIMIT) {
            throw new MalformedCheckpointException(file, -1, "BOS cannot be " + bosId);
        }
        return vocabulary.tokenizer(OptionalInt.of((int) bosId));
    }

    private @Nullable Tokenizer in(Map<?, ?> map) throws MalformedCheckpointException {
        var vocabulary = new PlainVocabulary(file);
        for (String name : IDS_BY_TOKEN) {
            if (map.get(name) instanceof Map<?, ?> ids) {
                addIds(name, ids, vocabulary);
            }
        }
        for (String name : TOKENS_BY_ID) {
            if (map.get(name) instanceof Map<?, ?> tokens) {
                addTokens(name, tokens, vocabulary);
            } else if (map.get(name) instanceof List<?> tokens) {
                addAll(name, tokens, vocabulary);
            }
        }
        if (vocabulary.size() > 0) {
            return vocabulary.tokenizer();
        }
        for (String name : ALL_TOKENS) {
            if (addSome(name, map.get(name), vocabulary)) {
                return vocabulary.tokenizer();
            }
        }
        return null;
    }

    private void addIds(String name, Map<?, ?> ids, PlainVocabulary vocabulary)
            throws MalformedCheckpointException {
        for (Map.Entry<?, ?> entry : ids.entrySet()) {
            if (!(entry.getValue() instanceof Long id)) {
                throw malformed(
                        "%s has '%s' for '%s', which is not an id"
                                .formatted(name, entry.getValue(), entry.getKey()));
            }
            vocabulary.add(id, String.valueOf(entry.getKey()));
        }
    }

    private void addTokens(String name, Map<?, ?> tokens, PlainVocabulary vocabulary)
            throws MalformedCheckpointException {
        for (Map.Entry<?, ?> entry : tokens.entrySet()) {
            Long id = id(String.valueOf(entry.getKey()));
            if (id == null || !(entry.getValue() instanceof String token)) {
                throw malformed(
                        "%s has '%s' for '%s', which must be a token for an id"
                                .formatted(name, entry.getValue(), entry.getKey()));
            }
            vocabulary.add(id, token);
        }
    }

    private void addAll(String name, List<?> tokens, PlainVocabulary vocabulary)
            throws MalformedCheckpointException {
        for (int id = 0; id < tokens.size(); id++) {
            if (!(tokens.get(id) instanceof String token)) {
                throw malformed(
                        "%s holds '%s', which is not a token".formatted(name, tokens.get(id)));
            }
            vocabulary.add(id, token);
        }
    }

    /**
     * Adds what a name stands for, if that can be a vocabulary: these names may mean other things,
     * a path for one.
     */
    private boolean addSome(String name, @Nullable Object value, PlainVocabulary vocabulary)
            throws MalformedCheckpointException {
        switch (value) {
            case String text when text.codePointCount(0, text.length()) == vocabularySize ->
                    addAll(
                            name,
                            text.codePoints().mapToObj(Character::toString).toList(),
                            vocabulary);
            case List<?> list
                    when list.size() <= vocabularySize
                            && !list.isEmpty()
                            && list.stream().allMatch(String.class::isInstance) ->
                    addAll(name, new ArrayList<>(list), vocabulary);
            case Map<?, ?> map
                    when !map.isEmpty() && map.values().stream().allMatch(Long.class::isInstance) ->
                    addIds(name, map, vocabulary);
            case Map<?, ?> map
                    when !map.isEmpty()
                            && map.values().stream().allMatch(String.class::isInstance)
                            && map.keySet().stream().allMatch(key -> id("" + key) != null) ->
                    addTokens(name, map, vocabulary);
            case null, default -> {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Long id(String key) {
        return key.matches("[0-9]{1,9}") ? Long.valueOf(key) : null;
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
