package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Hugging Face's own tokenizers, run natively from DJL's jar, and a tokenizer beside it. */
public final class Reference implements AutoCloseable {

    private final HuggingFaceTokenizer reference;
    private final Tokenizer tokenizer;

    private Reference(Path file, Tokenizer tokenizer) throws IOException {
        System.setProperty("ai.djl.offline", "true");
        // Without "truncation", DJL cuts at 512 tokens.
        reference = HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false"));
        this.tokenizer = tokenizer;
    }

    /** The library and Kaya on the same file. */
    public static Reference of(TokenizerFile file, Path folder) throws IOException {
        Path written = file.write(folder);
        return new Reference(written, TokenizerJson.read(written));
    }

    /** The library on a file, and a tokenizer that should do the same. */
    public static Reference of(Path file, Tokenizer tokenizer) throws IOException {
        return new Reference(file, tokenizer);
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The library's ids, with what its template adds. */
    public long[] withTemplate(String text) {
        return reference.encode(text, true, false).getIds();
    }

    /** Both give the same ids. */
    public void assertSameIds(String text) {
        long[] expected = reference.encode(text, false, false).getIds();
        assertThat(wide(tokenizer.encode(text, true))).as(text).containsExactly(expected);
    }

    /** Both give the same ids for ugly texts. */
    public void assertSameIds(UglyTexts texts, int count) {
        assertSameIds("");
        for (int i = 0; i < count; i++) {
            assertSameIds(texts.next(i % 50 == 0 ? 400 : 24));
        }
    }

    /** Both give the same text for ids, in one piece and token by token. */
    public void assertSameText(int... ids) {
        String expected = reference.decode(wide(ids), false);
        assertThat(tokenizer.decode(ids))
                .as(() -> IntStream.of(ids).boxed().toList().toString())
                .isEqualTo(expected);
        TokenDecoder decoder = tokenizer.decoder(true);
        var streamed = new StringBuilder();
        for (int id : ids) {
            streamed.append(decoder.feed(id));
        }
        assertThat(streamed.append(decoder.finish()).toString()).isEqualTo(expected);
    }

    /** Both give the same text for the ids of ugly texts, and for ids in any order. */
    public void assertSameText(UglyTexts texts, int count) {
        var random = new Random(count);
        for (int i = 0; i < count; i++) {
            assertSameText(tokenizer.encode(texts.next(12), true));
            assertSameText(
                    random.ints(random.nextInt(12), 0, tokenizer.vocabularySize())
                            .filter(tokenizer::isDefined)
                            .toArray());
        }
    }

    @Override
    public void close() {
        reference.close();
    }

    private static long[] wide(int[] ids) {
        return IntStream.of(ids).asLongStream().toArray();
    }
}
