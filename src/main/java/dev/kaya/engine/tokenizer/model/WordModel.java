package dev.kaya.engine.tokenizer.model;

/** Turns words into token ids. Implementations are thread-safe. */
@FunctionalInterface
public interface WordModel {

    /** An encoder for one text, with the memory that takes; not thread-safe. */
    WordEncoder encoder();

    /** Encodes the words of one text. */
    @FunctionalInterface
    interface WordEncoder {

        /**
         * Appends the ids of the word {@code text[start, end)}.
         *
         * @throws UnencodableTextException when the vocabulary lacks a part of it; the offset is
         *     one in {@code text}, at or before it
         */
        void encode(String text, int start, int end, TokenIdList ids);
    }
}
