package dev.kaya.engine;

import dev.kaya.engine.checkpoint.FuzzRun;
import dev.kaya.engine.checkpoint.FuzzRun.Limit;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Damaged models, all the way: whatever is done to a weight file or to the configuration beside it,
 * the loader gives a model or refuses it with a {@code MalformedCheckpointException}.
 */
class ModelFuzzTest {

    /** Of each of twenty fixtures. */
    private static final int MUTANTS = FuzzRun.mutants(640) / 20;

    /** The loader's window, and the weights, packed and in single precision on the way. */
    private static final Limit LIMIT = new Limit(16 << 20, 64);

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "nanogpt-char, ckpt.pt",
        "mingpt-bare, model.pt",
        "hf-gpt2, model.safetensors",
        "hf-llama, model.safetensors",
        "course-gpt2-legacy, trained_small_gpt.pt",
        "gguf-gpt2, model-f32.gguf",
        "gguf-llama, model-q8_0.gguf",
        "gguf-llama, model-q4_0.gguf",
        "gguf-llama, model-q4_k_m.gguf",
        "microgpt-4064, weights.json",
        "book-gpt, model_and_optimizer.pth",
        "lecture-gpt, gpt.pth",
        "course-llama, best_model.pt",
        "hf-qwen2, model.safetensors",
        "hf-qwen3, model.safetensors",
    })
    void damagedWeightsAreLoadedOrRefused(String name, String weights) throws IOException {
        fuzz(name, weights, weights, MUTANTS);
    }

    @ParameterizedTest
    @CsvSource({
        "hf-gpt2, model.safetensors, config.json",
        "hf-llama, model.safetensors, config.json",
        "mingpt-bare, model.pt, config.json",
        "nanogpt-char, ckpt.pt, meta.pkl",
    })
    void damagedFilesBesideTheWeightsAreReadOrRefused(String name, String weights, String damaged)
            throws IOException {
        fuzz(name, weights, damaged, MUTANTS);
    }

    private void fuzz(String name, String weights, String damaged, int count) throws IOException {
        Path fixture = Path.of("src/test/resources/fixtures").resolve(name);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(fixture)) {
            for (Path file : files) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        FuzzRun run = new FuzzRun(name + "/" + damaged, LIMIT);
        Path model = folder.resolve(weights);
        byte[] content = Files.readAllBytes(fixture.resolve(damaged));
        run.over(folder.resolve(damaged), content, count, file -> ModelLoader.load(model));
        run.finish();
    }
}
