package dev.kaya.engine;

import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** The checkpoints for which a reference has told ids and logits, each with the file that does. */
public final class Goldens {

    private Goldens() {}

    /** All of them: the checkpoint and its golden file. */
    public static Stream<Arguments> checkpoints() {
        return Stream.of(shipped(), folders(), ggufFiles()).flatMap(Function.identity());
    }

    private static Stream<Arguments> shipped() {
        Path goldens = Path.of("src/test/resources/golden");
        return Stream.of("names", "shakespeare-char", "stories")
                .map(
                        name ->
                                Arguments.of(
                                        TestDecoder.CHECKPOINTS.resolve(name),
                                        goldens.resolve(name).resolve("golden.json")));
    }

    private static Stream<Arguments> folders() {
        return Stream.of(
                        "microgpt-4064",
                        "nanogpt-char",
                        "mingpt-bare",
                        "hf-gpt2",
                        "book-gpt",
                        "lecture-gpt",
                        "whole-eps",
                        "whole-gelu-tanh",
                        "whole-silu",
                        "microgpt-no-bos",
                        "course-gpt2-legacy",
                        "course-llama",
                        "hf-llama",
                        "hf-qwen2",
                        "hf-qwen3",
                        "gguf-gpt2")
                .map(TestDecoder.FIXTURES::resolve)
                .map(path -> Arguments.of(path, path.resolve("golden.json")));
    }

    private static Stream<Arguments> ggufFiles() {
        Path folder = TestDecoder.FIXTURES.resolve("gguf-llama");
        return Stream.of(
                        "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k",
                        "q4_k_m", "q5_k", "q6_k")
                .map(
                        type ->
                                Arguments.of(
                                        folder.resolve("model-" + type + ".gguf"),
                                        folder.resolve("golden-" + type + ".json")));
    }
}
