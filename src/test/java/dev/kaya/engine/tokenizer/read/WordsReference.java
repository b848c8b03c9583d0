package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.kaya.engine.tokenizer.TokenizerFile;
import dev.kaya.engine.tokenizer.model.TokenIdList;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The words into which a pre-tokenizer cuts text, by Hugging Face's own library and by Kaya. */
public final class WordsReference implements AutoCloseable {

    private final HuggingFaceTokenizer reference;
    private final PreTokenizer preTokenizer;

    /**
     * @param preTokenizerJson one that changes no character
     */
    public WordsReference(String preTokenizerJson, Path folder) throws IOException {
        System.setProperty("ai.djl.offline", "true");
        // Every word is the one token that there is, so that there are no more tokens than words.
        Path file =
                TokenizerFile.of(
                                "{\"type\": \"WordLevel\", \"vocab\": {\"?\": 0}, \"unk_token\": \"?\"}")
                        .preTokenizer(preTokenizerJson)
                        .decoder("null")
                        .write(folder);
        reference = HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false"));
        Map<String, Object> tree =
                JsonMapper.shared().readValue(preTokenizerJson, new TypeReference<>() {});
        preTokenizer =
                PreTokenizerJson.read(new JsonPart(file, "pre_tokenizer", tree)).preTokenizer();
    }

    public void assertSameWords(String text) {
        var expected = new ArrayList<String>();
        int[] codePoints = text.codePoints().toArray();
        for (CharSpan span : reference.encode(text, false, false).getCharTokenSpans()) {
            expected.add(new String(codePoints, span.getStart(), span.getEnd() - span.getStart()));
        }
        assertThat(words(text)).as(text).isEqualTo(expected);
    }

    private List<String> words(String text) {
        var words = new ArrayList<String>();
        preTokenizer.encode(
                text,
                Preceding.NOTHING,
                (source, start, end, ids) -> words.add(source.substring(start, end)),
                new TokenIdList());
        return words;
    }

    @Override
    public void close() {
        reference.close();
    }
}
