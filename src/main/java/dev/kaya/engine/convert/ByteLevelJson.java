package dev.kaya.engine.convert;

import static dev.kaya.engine.convert.TokenizerTree.object;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.read.GgufSplitting;
import dev.kaya.engine.tokenizer.read.GgufVocabulary;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the byte-level BPE of a GGUF file as a {@code tokenizer.json}. */
final class ByteLevelJson {

    private ByteLevelJson() {}

    /**
     * The tree of the file.
     *
     * @param bos what a text gets in front, if anything
     * @throws MalformedCheckpointException when the file is broken
     */
    static Map<String, @Nullable Object> of(GgufVocabulary source, @Nullable String bos)
            throws MalformedCheckpointException {
        GgufSplitting splitting = source.splitting();
        List<String> tokens = source.tokens();
        List<Kind> kinds = source.kinds();
        var tree = new TokenizerTree();
        for (int id = 0; id < tokens.size(); id++) {
            add(tree, tokens.get(id), id, kinds.get(id));
        }
        Map<String, @Nullable Object> settings = object("ignore_merges", splitting.ignoresMerges());
        return tree.tree(
                bos,
                SplittingJson.normalizer(splitting),
                SplittingJson.preTokenizer(splitting),
                SplittingJson.byteLevel(true, true),
                tree.model(settings, source.merges()));
    }

    private static void add(TokenizerTree tree, String text, int id, Kind kind) {
        switch (kind) {
            case NORMAL -> tree.addToken(text, id);
            case CONTROL, UNKNOWN, USER_DEFINED -> {
                if (!text.isEmpty()) {
                    tree.addAdded(text, id, kind != Kind.USER_DEFINED);
                }
            }
            case UNUSED, BYTE -> {
                // The first only pad the vocabulary, and of the other there are none.
            }
        }
    }
}
