package dev.kaya.service;

import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.Reader;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * Tokens with the memory they take, until it is closed: their ids in an array, all else made as it
 * is asked for. One thread's.
 */
public final class TokenizedText implements AutoCloseable {

    private final Tokenizer tokenizer;
    private final int[] ids;
    private final MemoryBudget.Reservation memory;

    TokenizedText(Tokenizer tokenizer, int[] ids, MemoryBudget.Reservation memory) {
        this.tokenizer = tokenizer;
        this.ids = ids;
        this.memory = memory;
    }

    /** The ids. */
    public List<Integer> tokenIds() {
        return new View<>() {
            @Override
            public Integer get(int i) {
                return ids[i];
            }
        };
    }

    /** What each stands for; U+FFFD for bytes that are no characters by themselves. */
    public List<String> texts() {
        return new View<>() {
            @Override
            public String get(int i) {
                return tokenizer.text(ids[i]);
            }
        };
    }

    /** Their text from its beginning, special tokens included. */
    public Reader reader() {
        TokenDecoder decoder = tokenizer.decoder(true);
        int[] next = {0};
        return new DecodedText(
                () -> {
                    int i = next[0]++;
                    if (i >= ids.length) {
                        return i == ids.length ? decoder.finish() : null;
                    }
                    return decoder.feed(ids[i]);
                },
                Long.MAX_VALUE);
    }

    private abstract class View<T> extends AbstractList<T> implements RandomAccess {
        @Override
        public int size() {
            return ids.length;
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
