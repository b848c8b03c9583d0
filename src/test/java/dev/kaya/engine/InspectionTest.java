package dev.kaya.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.Inspection.Guess;
import dev.kaya.engine.dialect.DialectGuess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a file, and what to do where that is not enough to serve it. */
class InspectionTest {

    @TempDir private Path folder;

    @Test
    void tellsTheMemoryOfAModelInTheTypesOfItsFile() throws IOException {
        Inspection inspection = Inspection.of(TestDecoder.FIXTURES.resolve("hf-qwen3"));
        Inspection.Model model = requireNonNull(inspection.model());
        Inspection.Arithmetic arithmetic = requireNonNull(model.arithmetic());

        assertThat(model.dialect()).isEqualTo("Qwen3 (Hugging Face)");
        // 125,312 elements: 384 of norms in four bytes, the others in two; and for each of 128
        // positions sixteen cosines and sines. Gates and ways up of 176 outputs are held in panels
        // of 64, which leaves 16 rows of 64 inputs empty in each of two layers.
        assertThat(arithmetic.parameters()).isEqualTo(125_312);
        assertThat(arithmetic.memory().weights())
                .isEqualTo(384 * 4 + (124_928 + 2 * 2 * 16 * 64) * 2);
        assertThat(inspection.problems()).isEmpty();
        assertThat(inspection.guess()).isNull();
    }

    @Test
    void namesEverythingThatIsMissingAtOnce() throws IOException {
        TinyCheckpoint.llama().withoutFile("vocab.json").write(folder);
        Files.delete(folder.resolve("config.json"));
        Inspection inspection = Inspection.of(folder);
        Path weights = folder.resolve("model.safetensors");

        assertThat(requireNonNull(inspection.model()).dialect()).isEqualTo("LLaMA (Hugging Face)");
        assertThat(inspection.problems()).hasSize(2);
        assertThat(inspection.problems().get(0))
                .isEqualTo(
                        weights
                                + ": the file does not say its number of heads and context length;"
                                + " write {\"n_head\": …, \"block_size\": …} into a config.json"
                                + " beside it");
        assertThat(inspection.problems().get(1)).startsWith(weights + ": no tokenizer");
    }

    /** The tensor is a hole in the file, which takes no room on disk. */
    @Test
    void aMatrixThatNoArrayHoldsIsRefused() throws IOException {
        long rows = (1L << 31) / 16;
        TinyCheckpoint.gpt2().without("lm_head.weight").hole("wte.weight", rows, 16).write(folder);

        assertThat(Inspection.of(folder).problems())
                .containsExactly(
                        folder.resolve("model.safetensors")
                                + ": a matrix of 134217728 × 16 has more than 2^31 elements, which"
                                + " is not supported");
    }

    @Test
    void tellsTheNearestDialectsWithWhatIsMissingAndLeftOver() throws IOException {
        TinyCheckpoint.gpt2()
                .rename(name -> name.replace("c_attn", "qkv").replace("wte", "tokens"))
                .write(folder);
        DialectGuess.Nearest nearest = guess().nearest().getFirst();

        assertThat(nearest.dialect()).isEqualTo("GPT-2 (Hugging Face)");
        assertThat(nearest.missing())
                .isEqualTo(List.of("wte.weight", "h.{layer}.attn.c_attn.weight"));
        assertThat(nearest.leftOver())
                .isEqualTo(
                        List.of(
                                "tokens.weight",
                                "h.{layer}.attn.qkv.weight",
                                "h.{layer}.attn.qkv.bias"));
    }

    /** The map is complete but for its dots, and what a user puts there makes the model. */
    @Test
    void theMapNeedsOnlyWhatCouldNotBeGuessed() throws IOException {
        TinyCheckpoint tiny =
                TinyCheckpoint.gpt2()
                        .rename(
                                name ->
                                        "my."
                                                + name.replace("wte", "tokens")
                                                        .replace("attn.c_attn", "sa.qkv"));
        tiny.write(folder);
        String map = guess().map();

        assertThat(map)
                .isEqualTo(
                        """
                        {"kaya": {
                          "tensors": {
                            "token_embedding": "…",
                            "position_embedding": "my.wpe.weight",
                            "output_norm": "my.ln_f.weight",
                            "head": "my.lm_head.weight",
                            "attention_norm": "my.h.{layer}.ln_1.weight",
                            "query_key_value": "my.h.{layer}.sa.qkv.weight",
                            "attention_output": "my.h.{layer}.attn.c_proj.weight",
                            "feed_forward_norm": "my.h.{layer}.ln_2.weight",
                            "up": "my.h.{layer}.mlp.c_fc.weight",
                            "down": "my.h.{layer}.mlp.c_proj.weight"},
                          "positions": "learned",
                          "norm": "layer_norm",
                          "activation": "gelu_tanh",
                          "transposed": true}}""");
        String kaya = map.replace("…", "my.tokens.weight").substring("{\"kaya\": ".length());
        tiny.config("kaya", kaya.substring(0, kaya.length() - 1)).write(folder);
        assertThat(Inspection.of(folder).problems()).isEmpty();
    }

    @Test
    void aFileWithoutAnyKnownNameGetsAMapOfDots() throws IOException {
        TinyCheckpoint.gpt2().rename(name -> name.replace('.', '/') + "/x").write(folder);

        assertThat(guess().nearest()).isEmpty();
        assertThat(guess().map()).contains("\"token_embedding\": \"…\"");
    }

    private Guess guess() throws IOException {
        Inspection inspection = Inspection.of(folder);
        assertThat(inspection.model()).isNull();
        assertThat(inspection.problems()).isNotEmpty();
        return requireNonNull(inspection.guess());
    }
}
