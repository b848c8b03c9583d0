package dev.kaya.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ids that the training scripts of the fixtures wrote down. */
class GoldenTokenizerTest {

    private static final List<String> FOLDERS = List.of("hf-gpt2", "hf-llama", "stories");

    @ParameterizedTest
    @MethodSource("prompts")
    void promptsGiveTheIdsOfTheGoldenFile(String folder, TokenizerFixtures.Golden golden) {
        Tokenizer tokenizer = TokenizerFixtures.tokenizer(folder);

        // One golden case holds the ids of a text of many sentences, and calls it "long".
        String text =
                golden.text().equals("long") ? tokenizer.decode(golden.idArray()) : golden.text();
        assertThat(tokenizer.encode(text, false)).containsExactly(golden.idArray());
        assertThat(tokenizer.encode(text, true)).containsExactly(golden.idArray());
        assertThat(tokenizer.decode(golden.idArray())).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf-gpt2", "hf-llama", "stories", "gpt2"})
    void everyIdIsDefinedAndTheLastIsTheOnlySpecialOne(String folder) {
        Tokenizer tokenizer = TokenizerFixtures.tokenizer(folder);
        int last = tokenizer.vocabularySize() - 1;

        for (int id = 0; id <= last; id++) {
            assertThat(tokenizer.isDefined(id)).isTrue();
            assertThat(tokenizer.isSpecial(id)).isEqualTo(id == last);
        }
        assertThat(tokenizer.decode(new int[] {last})).isEqualTo("<|endoftext|>");
        assertThat(tokenizer.addsBos()).isFalse();
        assertThat(tokenizer.isDefined(last + 1)).isFalse();
        assertThat(tokenizer.bytes(last + 1)).isEmpty();
    }

    static Stream<Arguments> prompts() {
        return FOLDERS.stream()
                .map(
                        folder ->
                                TokenizerFixtures.prompts(folder).stream()
                                        .map(golden -> Arguments.of(folder, golden))
                                        .toList())
                .flatMap(Collection::stream);
    }
}
