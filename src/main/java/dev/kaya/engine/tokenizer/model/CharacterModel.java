package dev.kaya.engine.tokenizer.model;

/** Every character is a token, or unknown. Immutable and thread-safe. */
public final class CharacterModel implements WordModel {

    private final CharacterSymbols symbols;
    private final UnknownRule unknown;

    public CharacterModel(TokenIndex index, UnknownRule unknown) {
        symbols = new CharacterSymbols(index, CharacterSymbols.noBytes(), unknown);
        this.unknown = unknown;
    }

    @Override
    public WordEncoder encoder() {
        return (text, start, end, ids) -> {
            for (int at = start; at < end; ) {
                int codePoint = text.codePointAt(at);
                int id = symbols.tokenOf(codePoint);
                ids.add(
                        id == TokenIndex.ABSENT
                                ? unknown.tokenFor(Character.toString(codePoint), at)
                                : id);
                at += Character.charCount(codePoint);
            }
        };
    }
}
