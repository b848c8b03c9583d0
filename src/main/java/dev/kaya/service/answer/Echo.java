package dev.kaya.service.answer;

import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.scheduler.GenerationEvent.Token;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The prompt as the beginning of every text of a stream, in pieces, so that no event is as long as
 * a prompt can be.
 */
public final class Echo implements Iterator<Token> {

    /** Most characters of a piece. */
    public static final int PIECE = 8192;

    private final String prompt;
    private final int samples;
    private int sample;
    private int at;

    /**
     * @param prompt empty for nothing at all
     * @param samples that begin with it
     */
    Echo(String prompt, int samples) {
        this.prompt = prompt;
        this.samples = prompt.isEmpty() ? 0 : samples;
    }

    @Override
    public boolean hasNext() {
        return sample < samples;
    }

    @Override
    public Token next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int end = WellFormedText.end(prompt, at, PIECE);
        Token piece = Token.textOnly(sample, prompt.substring(at, end));
        at = end;
        if (at == prompt.length()) {
            at = 0;
            sample++;
        }
        return piece;
    }
}
