package dev.kaya.service.answer;

import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.service.bound.MemoryBudget;
import java.io.Reader;
import java.util.List;

/**
 * Tokens with the memory they take, until it is closed: their ids in an array, all else made as it
 * is asked for. One thread's.
 */
public final class TokenizedText implements AutoCloseable {

    private final Tokenizer tokenizer;
    private final int[] ids;
    private final MemoryBudget.Reservation memory;

    public TokenizedText(Tokenizer tokenizer, int[] ids, MemoryBudget.Reservation memory) {
        this.tokenizer = tokenizer;
        this.ids = ids;
        this.memory = memory;
    }

    /** The ids. */
    public List<Integer> tokenIds() {
        return new IndexedList<>(ids.length, i -> ids[i]);
    }

    /** What each stands for; U+FFFD for bytes that are no characters by themselves. */
    public List<String> texts() {
        return new IndexedList<>(ids.length, i -> tokenizer.text(ids[i]));
    }

    /** Their text from its beginning, special tokens included. */
    public Reader reader() {
        TokenDecoder decoder = tokenizer.decoder(true);
        return DecodedText.of(
                decoder, ids.length, i -> decoder.feed(ids[i]), DecodedText.TO_THE_END);
    }

    @Override
    public void close() {
        memory.close();
    }
}
