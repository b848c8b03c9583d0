package dev.kaya.engine.tokenizer.model;

/** Every word is a token, or unknown. Immutable and thread-safe. */
public final class WordLevelModel implements WordModel {

    private final TokenIndex index;
    private final UnknownRule unknown;

    public WordLevelModel(TokenIndex index, UnknownRule unknown) {
        this.index = index;
        this.unknown = unknown;
    }

    @Override
    public WordEncoder encoder() {
        return (text, start, end, ids) -> {
            String word = text.substring(start, end);
            int id = index.find(word);
            ids.add(id == TokenIndex.ABSENT ? unknown.tokenFor(word, start) : id);
        };
    }
}
