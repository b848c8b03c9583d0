package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerFixtures;
import dev.kaya.engine.tokenizer.UglyTexts;
import dev.kaya.engine.tokenizer.spelling.ByteAlphabet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The bundled vocabulary is the one that OpenAI published. */
class Gpt2VocabularyTest {

    private final Tokenizer bundled = Gpt2Vocabulary.tokenizer();

    @Test
    void everyTokenHasItsIdInVocabJson() {
        JsonNode published =
                JsonMapper.shared()
                        .readTree(TokenizerFixtures.folder("gpt2").resolve("vocab.json"));

        assertThat(bundled.vocabularySize())
                .isEqualTo(Gpt2Vocabulary.SIZE)
                .isEqualTo(published.size());
        published
                .properties()
                .forEach(
                        entry ->
                                assertThat(bundled.bytes(entry.getValue().asInt()))
                                        .isEqualTo(ByteAlphabet.SPELLING.text(entry.getKey())));
        assertThat(bundled.isSpecial(50_256)).isTrue();
        assertThat(bundled.decode(new int[] {50_256})).isEqualTo("<|endoftext|>");
    }

    @Test
    void mergesAsThePublishedFilesDo() {
        Tokenizer published = TokenizerFixtures.tokenizer("gpt2");
        var texts = new UglyTexts(96);
        for (int i = 0; i < 1_000; i++) {
            String text = texts.next(24);
            assertThat(bundled.encode(text, true)).isEqualTo(published.encode(text, true));
        }
    }
}
