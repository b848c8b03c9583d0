package dev.kaya.service.answer;

import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.scheduler.FinishReason;
import dev.kaya.service.answer.GenerationResult.Output;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One text as far as it has come. Its characters are not kept: they are those of its tokens, up to
 * where a stop string cut them, and are made again when they are read. One thread's.
 */
public final class GeneratedText {

    private final Source source;
    private final TokenLog tokens;
    private final boolean tellsLogprobs;
    private long characters;
    private double sumOfLogprobs;
    private FinishReason reason = FinishReason.CANCELLED;

    /**
     * Where the characters come from.
     *
     * @param echo what the text begins with
     * @param tokenizer of the tokens
     * @param decoders begin to decode
     */
    record Source(String echo, Tokenizer tokenizer, Supplier<TokenDecoder> decoders) {}

    /**
     * @param source of its characters
     * @param most tokens
     * @param tellsLogprobs whether log-probabilities are part of the answer
     */
    GeneratedText(Source source, int most, boolean tellsLogprobs) {
        this.source = source;
        this.tellsLogprobs = tellsLogprobs;
        tokens = new TokenLog(most);
    }

    void add(int tokenId, @Nullable TokenLogprobs logprobs) {
        if (logprobs != null) {
            sumOfLogprobs += logprobs.logprob();
        }
        if (logprobs != null && tellsLogprobs) {
            tokens.add(logprobs);
        } else {
            tokens.add(tokenId);
        }
    }

    /** Counts what was told of the text beyond its echo. */
    void addText(String text) {
        characters += text.length();
    }

    void end(FinishReason why) {
        reason = why;
    }

    /** Of its tokens; a text without any is the least likely. */
    double meanLogprob() {
        int count = tokens.size();
        return count == 0 ? Double.NEGATIVE_INFINITY : sumOfLogprobs / count;
    }

    /** How many tokens it has. */
    public int size() {
        return tokens.size();
    }

    /** Its tokens. */
    public List<Integer> tokenIds() {
        return tokens.ids();
    }

    /** The log-probabilities of its tokens; null unless wanted. */
    public @Nullable List<TokenLogprobs> logprobs() {
        return tellsLogprobs ? tokens.logprobs() : null;
    }

    /** Why it ended; cancelled as long as it has not. */
    public FinishReason reason() {
        return reason;
    }

    /** Its characters, made while they are read. */
    public Reader reader() {
        TokenDecoder decoder = source.decoders().get();
        DecodedText generated =
                DecodedText.of(
                        decoder, tokens.size(), i -> decoded(decoder, tokens.id(i)), characters);
        return source.echo().isEmpty() ? generated : DecodedText.after(source.echo(), generated);
    }

    private String decoded(TokenDecoder decoder, int id) {
        return source.tokenizer().isSpecial(id) ? "" : decoder.feed(id);
    }

    /** The whole of it at once. */
    Output output() {
        var text = new StringWriter();
        try (Reader reader = reader()) {
            reader.transferTo(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // characters in memory
        }
        List<TokenLogprobs> logprobs = logprobs();
        return new Output(text.toString(), tokenIds(), reason, logprobs);
    }
}
