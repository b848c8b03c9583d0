package dev.kaya.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/**
 * One token for each character (code point), as in microgpt and nanoGPT's character models.
 * Immutable and thread-safe.
 */
public final class CharacterTokenizer implements Tokenizer {

    private static final byte[] NO_BYTES = {};

    private final byte[][] bytesById;
    private final LongIntMap idByCodePoint;
    private final BitSet special;
    private final OptionalInt bosTokenId;

    /**
     * A vocabulary of characters alone.
     *
     * @param characters the character of each id, empty where an id has none
     * @throws IllegalArgumentException when an entry is more than one code point or stands twice
     */
    public CharacterTokenizer(List<String> characters) {
        this(characters, new int[0], OptionalInt.empty());
    }

    /**
     * A vocabulary with ids that have a meaning but no text.
     *
     * @param characters the character of each id, empty where an id has none
     * @param specialIds ids without a character that are tokens nevertheless, such as microgpt's
     *     BOS; they may lie beyond the characters
     * @param bosTokenId which of them to put in front of a text, if any
     * @throws IllegalArgumentException when an entry is more than one code point or stands twice,
     *     or a special id has a character, or BOS is not special
     */
    public CharacterTokenizer(List<String> characters, int[] specialIds, OptionalInt bosTokenId) {
        special = specialIds(characters, specialIds);
        if (bosTokenId.isPresent() && !special.get(bosTokenId.getAsInt())) {
            throw new IllegalArgumentException(
                    "BOS, %d, must be one of the special ids".formatted(bosTokenId.getAsInt()));
        }
        this.bosTokenId = bosTokenId;
        bytesById = new byte[Math.max(lastCharacter(characters) + 1, special.length())][];
        idByCodePoint = new LongIntMap(characters.size());
        for (int id = 0; id < bytesById.length; id++) {
            bytesById[id] = define(id < characters.size() ? characters.get(id) : "", id);
        }
    }

    @Override
    public int vocabularySize() {
        return bytesById.length;
    }

    @Override
    public int[] encode(String text, boolean allowSpecialTokens) {
        String wellFormed = WellFormedText.of(text);
        var ids = new int[wellFormed.codePointCount(0, wellFormed.length())];
        int at = 0;
        for (int offset = 0; offset < ids.length; offset++) {
            int codePoint = wellFormed.codePointAt(at);
            ids[offset] = idByCodePoint.get(codePoint);
            if (ids[offset] == LongIntMap.ABSENT) {
                throw new UnencodableTextException(codePoint, offset);
            }
            at += Character.charCount(codePoint);
        }
        return ids;
    }

    @Override
    public byte[] bytes(int tokenId) {
        return tokenId >= 0 && tokenId < bytesById.length ? bytesById[tokenId] : NO_BYTES;
    }

    @Override
    public boolean isSpecial(int tokenId) {
        return tokenId >= 0 && special.get(tokenId);
    }

    @Override
    public boolean isDefined(int tokenId) {
        return bytes(tokenId).length > 0 || isSpecial(tokenId);
    }

    @Override
    public boolean addsBos() {
        return bosTokenId.isPresent();
    }

    @Override
    public OptionalInt bosTokenId() {
        return bosTokenId;
    }

    private static BitSet specialIds(List<String> characters, int[] specialIds) {
        var special = new BitSet();
        for (int id : specialIds) {
            if (id < 0 || id >= BpeVocabularyBuilder.ID_LIMIT) {
                throw new IllegalArgumentException("there can be no special id " + id);
            }
            if (id < characters.size() && !characters.get(id).isEmpty()) {
                throw new IllegalArgumentException(
                        "the special id %d has the character '%s'"
                                .formatted(id, characters.get(id)));
            }
            special.set(id);
        }
        return special;
    }

    private static int lastCharacter(List<String> characters) {
        int last = characters.size() - 1;
        while (last >= 0 && characters.get(last).isEmpty()) {
            last--;
        }
        return last;
    }

    private byte[] define(String character, int id) {
        if (character.isEmpty()) {
            return NO_BYTES;
        }
        int codePoint = character.codePointAt(0);
        if (character.length() != Character.charCount(codePoint)
                || !WellFormedText.isWellFormed(character)) {
            throw new IllegalArgumentException(
                    "'%s', the text of id %d, is not one character".formatted(character, id));
        }
        if (idByCodePoint.get(codePoint) != LongIntMap.ABSENT) {
            throw new IllegalArgumentException(
                    "the character '%s' has two ids, %d and %d"
                            .formatted(character, idByCodePoint.get(codePoint), id));
        }
        idByCodePoint.put(codePoint, id);
        return character.getBytes(StandardCharsets.UTF_8);
    }
}
