package dev.kaya.engine.convert;

import static dev.kaya.engine.convert.TokenizerTree.object;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.read.GgufVocabulary;
import dev.kaya.engine.tokenizer.read.PieceMerges;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the SentencePiece vocabulary of a GGUF file as a {@code tokenizer.json}, in the form that
 * Hugging Face gives to Llama's: characters and bytes merged, spaces written as signs.
 */
final class SentencePieceJson {

    private static final String SIGN = String.valueOf(PieceSpelling.SPACE_SIGN);

    private final TokenizerTree tree = new TokenizerTree();
    private final Map<String, Float> scores = new LinkedHashMap<>();
    private @Nullable String unknown;

    private SentencePieceJson() {}

    /**
     * The tree of the file.
     *
     * @param file for messages
     * @param bos what a text gets in front, if anything
     * @throws MalformedCheckpointException when the form has no place for the vocabulary
     */
    static Map<String, @Nullable Object> of(Path file, GgufVocabulary source, @Nullable String bos)
            throws MalformedCheckpointException {
        var json = new SentencePieceJson();
        List<String> tokens = source.tokens();
        List<Kind> kinds = source.kinds();
        float[] scores = source.scores();
        for (int id = 0; id < tokens.size(); id++) {
            json.add(tokens.get(id), id, scores[id], kinds.get(id));
        }
        Map<String, @Nullable Object> settings =
                object("unk_token", json.unknown, "fuse_unk", true, "byte_fallback", true);
        boolean prefixed = source.prefixesSpace();
        return json.tree.tree(
                bos,
                normalizer(prefixed),
                null,
                decoder(prefixed),
                json.tree.model(settings, new PieceMerges(file).ofScores(json.scores)));
    }

    private void add(String text, int id, float score, Kind kind) {
        if (text.isEmpty()) {
            return;
        }
        switch (kind) {
            case NORMAL -> {
                tree.addToken(text, id);
                scores.put(text, score);
            }
            case UNKNOWN -> {
                unknown = text;
                tree.addAdded(text, id, true);
            }
            case CONTROL -> tree.addAdded(text, id, true);
            case USER_DEFINED -> tree.addAdded(text, id, false);
            case BYTE -> tree.addToken(text, id); // told by its text
            case UNUSED -> {
                // Only pads the vocabulary.
            }
        }
    }

    private static Map<String, @Nullable Object> normalizer(boolean prefixed) {
        Map<String, @Nullable Object> replace = replace(" ", SIGN);
        return prefixed
                ? object(
                        "type",
                        "Sequence",
                        "normalizers",
                        List.of(object("type", "Prepend", "prepend", SIGN), replace))
                : replace;
    }

    private static Map<String, @Nullable Object> replace(String text, String content) {
        return object("type", "Replace", "pattern", object("String", text), "content", content);
    }

    private static Map<String, @Nullable Object> decoder(boolean prefixed) {
        List<Map<String, @Nullable Object>> steps = new ArrayList<>();
        steps.add(replace(SIGN, " "));
        steps.add(object("type", "ByteFallback"));
        steps.add(object("type", "Fuse"));
        if (prefixed) {
            steps.add(object("type", "Strip", "content", " ", "start", 1, "stop", 0));
        }
        return object("type", "Sequence", "decoders", steps);
    }
}
