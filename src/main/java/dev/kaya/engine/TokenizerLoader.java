package dev.kaya.engine;

import dev.kaya.engine.checkpoint.CheckpointFolder;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleFile;
import dev.kaya.engine.tokenizer.CharacterTokenizer;
import dev.kaya.engine.tokenizer.GgufVocabulary;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerJson;
import dev.kaya.engine.tokenizer.VocabularyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokenizer of a checkpoint: in the files beside it, in the order {@code tokenizer.json},
 * {@code vocab.json} (with {@code merges.txt} or of characters), {@code meta.pkl}; else in what the
 * checkpoint itself carries.
 */
final class TokenizerLoader {

    private static final int LARGEST_CHARACTER_VOCABULARY = 1 << 21;

    private final CheckpointFolder folder;
    private final ConfigValues values;

    TokenizerLoader(CheckpointFolder folder, ConfigValues values) {
        this.folder = folder;
        this.values = values;
    }

    /**
     * @throws MalformedCheckpointException when there is none or it is broken
     */
    Tokenizer load() throws IOException {
        CheckpointFolder.TokenizerFiles files = folder.tokenizer();
        if (files.tokenizerJson() != null) {
            return TokenizerJson.read(files.tokenizerJson());
        }
        if (files.vocabJson() != null) {
            return files.merges() == null
                    ? VocabularyFiles.readCharacters(files.vocabJson())
                    : VocabularyFiles.readByteLevelBpe(files.vocabJson(), files.merges());
        }
        if (files.metaPickle() != null) {
            return meta(files.metaPickle());
        }
        return carried();
    }

    private Tokenizer carried() throws MalformedCheckpointException {
        if (values.find(GgufVocabulary.MODEL) != null) {
            return GgufVocabulary.read(folder.weights(), values::find);
        }
        if (values.find("uchars") instanceof List<?> characters) {
            return microgpt(characters, values.find(ConfigValues.Setting.BOS));
        }
        if (values.find("itos") instanceof Map<?, ?> itos) {
            return characters(folder.weights(), itos);
        }
        throw new MalformedCheckpointException(
                folder.weights(),
                -1,
                "no tokenizer: put its tokenizer.json, or vocab.json and merges.txt, or meta.pkl"
                        + " beside the weights");
    }

    private Tokenizer microgpt(List<?> uchars, @Nullable Object bos)
            throws MalformedCheckpointException {
        List<String> characters = new ArrayList<>();
        for (Object character : uchars) {
            characters.add(String.valueOf(character));
        }
        int id = characters.size();
        if (bos instanceof Long number) {
            id = (int) Math.max(-1, Math.min(number, Integer.MAX_VALUE));
        }
        return build(folder.weights(), characters, new int[] {id}, OptionalInt.of(id));
    }

    private static Tokenizer meta(Path path) throws IOException {
        if (PickleFile.read(path).get("itos") instanceof Map<?, ?> itos) {
            return characters(path, itos);
        }
        throw new MalformedCheckpointException(
                path, -1, "itos, the characters by their ids, is missing");
    }

    private static Tokenizer characters(Path path, Map<?, ?> itos)
            throws MalformedCheckpointException {
        List<String> characters = new ArrayList<>();
        for (Map.Entry<?, ?> entry : itos.entrySet()) {
            int id = id(path, String.valueOf(entry.getKey()));
            while (characters.size() <= id) {
                characters.add("");
            }
            characters.set(id, String.valueOf(entry.getValue()));
        }
        return build(path, characters, new int[0], OptionalInt.empty());
    }

    private static int id(Path path, String key) throws MalformedCheckpointException {
        try {
            int id = Integer.parseInt(key);
            if (id >= 0 && id < LARGEST_CHARACTER_VOCABULARY) {
                return id;
            }
        } catch (NumberFormatException e) {
            throw new MalformedCheckpointException(path, -1, "itos has the id '" + key + "'");
        }
        throw new MalformedCheckpointException(path, -1, "itos has the id " + key);
    }

    private static Tokenizer build(
            Path path, List<String> characters, int[] specialIds, OptionalInt bos)
            throws MalformedCheckpointException {
        try {
            return new CharacterTokenizer(characters, specialIds, bos);
        } catch (IllegalArgumentException e) {
            throw new MalformedCheckpointException(path, -1, String.valueOf(e.getMessage()));
        }
    }
}
