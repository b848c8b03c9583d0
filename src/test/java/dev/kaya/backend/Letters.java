package dev.kaya.backend;

import dev.kaya.engine.tokenizer.Segment;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import java.util.List;
import java.util.stream.Collectors;

/** A vocabulary of the letters a to z, whose ids are 0 to 25, and an end of text, 26. */
final class Letters implements Tokenizer {

    static final int END = 26;
    static final int SIZE = 27;

    @Override
    public int vocabularySize() {
        return SIZE;
    }

    @Override
    public int[] encode(List<Segment> segments) {
        String text = segments.stream().map(Segment::text).collect(Collectors.joining());
        int[] ids = new int[text.length()];
        for (int i = 0; i < ids.length; i++) {
            char letter = text.charAt(i);
            if (letter < 'a' || letter > 'z') {
                throw new UnencodableTextException(Character.toString(letter), i);
            }
            ids[i] = letter - 'a';
        }
        return ids;
    }

    @Override
    public byte[] bytes(int tokenId) {
        return isSpecial(tokenId) ? new byte[0] : new byte[] {(byte) ('a' + tokenId)};
    }

    @Override
    public boolean isSpecial(int tokenId) {
        return tokenId >= END;
    }

    @Override
    public boolean isDefined(int tokenId) {
        return tokenId < SIZE;
    }

    @Override
    public boolean addsBos() {
        return false;
    }
}
