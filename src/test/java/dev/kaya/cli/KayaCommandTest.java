package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.TinyCheckpoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KayaCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return KayaCommand.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }

    /** The text is PyTorch's greedy continuation, from the checkpoint's golden.json. */
    @Test
    void generatesTheReferenceText() {
        int status =
                run(
                        "generate",
                        "--checkpoint",
                        "checkpoints/shakespeare-char",
                        "--prompt",
                        "ROMEO:\n",
                        "--max_new_tokens",
                        "60",
                        "--greedy");
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .isEqualTo(
                        "I will be so so much as the state of the state,\nThat thou sh"
                                + System.lineSeparator());
        assertThat(status).isZero();
    }

    @Test
    void sameSeedGivesTheSameTextWithOneThreadAndTwo() {
        String[] command = {
            "generate", "--prompt", "The fox", "--seed", "7", "--max-new-tokens", "40", "--threads"
        };
        String first = textOf(command, "1");
        assertThat(first).isNotBlank();
        assertThat(textOf(command, "2")).isEqualTo(first);
        assertThat(textOf(command, "1")).isEqualTo(first);
    }

    private String textOf(String[] command, String threads) {
        String[] arguments = java.util.Arrays.copyOf(command, command.length + 1);
        arguments[command.length] = threads;
        out.getBuffer().setLength(0);
        assertThat(run(arguments)).isZero();
        return out.toString();
    }

    @Test
    void archivesTheJarOnly() {
        int status = run("archive");
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: archive runs from the jar only: java -jar kaya.jar archive"
                                + System.lineSeparator());
        assertThat(status).isEqualTo(1);
    }

    @Test
    void startsFromTheBeginningOfTextWithoutAPrompt() {
        int status =
                run(
                        "generate",
                        "--checkpoint",
                        "checkpoints/names",
                        "--greedy",
                        "--max_new_tokens",
                        "8");
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString()).isEqualTo("alexian" + System.lineSeparator());
        assertThat(status).isZero();
    }

    @Test
    void writesWhatTheFormatDemands(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("format.json");
        Files.writeString(file, "{\"type\": \"regex\", \"pattern\": \"[xyz]{3}q\"}");
        assertThat(
                        run(
                                "generate",
                                "--checkpoint",
                                "checkpoints/names",
                                "--max_new_tokens",
                                "4",
                                "--response_format",
                                "@" + file))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).matches("[xyz]{3}q\\R");
    }

    @Test
    void refusesAFormatThatIsNone() {
        assertThat(run("generate", "--response_format", "{\"type\": ")).isEqualTo(2);
        assertThat(err.toString()).startsWith("--response_format is no JSON: ");
        err.getBuffer().setLength(0);
        assertThat(
                        run(
                                "generate",
                                "--checkpoint",
                                "checkpoints/names",
                                "--response_format",
                                "{\"type\": \"regex\", \"pattern\": \"[a-z]{2}7\"}"))
                .isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: response_format.pattern at character 9: no token of the vocabulary"
                                + " writes '7'"
                                + System.lineSeparator());
    }

    @Test
    void tellsSeedAndSpeedOnRequest() {
        int status = run("generate", "--checkpoint", "checkpoints/names", "--seed", "3", "--stats");
        assertThat(err.toString())
                .matches(
                        "seed 3; 1 prompt tokens, \\d+ generated \\(eos\\); first token after"
                                + " [0-9.]+ ms, then [0-9.]+ tokens/s\\R");
        assertThat(status).isZero();
    }

    @Test
    void refusesWhatTheServerRefuses() {
        assertThat(run("generate", "--top_p", "0")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: top_p must be above 0 and at most 1; given 0.0"
                                + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void greedyExcludesATemperature() {
        assertThat(run("generate", "--greedy", "--temperature", "0.5")).isEqualTo(2);
        assertThat(err.toString()).startsWith("--greedy and --temperature cannot both be given");
    }

    @Test
    void namesAMissingCheckpoint() {
        assertThat(run("inspect", "no-such-folder")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: no-such-folder: there is no such file or folder"
                                + System.lineSeparator());
        err.getBuffer().setLength(0);
        assertThat(run("generate", "--checkpoint", "no-such-folder")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: no-such-folder: there is no such file or folder"
                                + System.lineSeparator());
    }

    @Test
    void inspectsACheckpoint() {
        assertThat(run("inspect", "checkpoints/names", "--tokens", "16")).isZero();
        assertThat(withoutHeap(out.toString().replace('\\', '/')))
                .isEqualTo(
                        """
                        file          checkpoints/names/weights.json
                        container     json
                        dialect       microgpt
                        parameters    4,192
                        layers        1 of embedding 16, context 16, vocabulary 27
                        attention     4 heads of 4, 4 key/value heads, learned positions
                        feed-forward  64, relu
                        norm          rms_norm, epsilon 1.0E-5
                        memory        0.0 MB for the weights
                        KV cache      128 bytes a token in float32, 0.0 MB for the full context of 16 tokens
                                      0.0 MB for 16 tokens
                        tokenizer     27 tokens
                        assumed       epsilon of norms 1.0E-5; if not, write "rms_norm_eps": … into a config.json beside the weights
                        assumed       the sum of the embeddings is normed; if not, write "embedding_norm": false into a config.json beside the weights
                        assumed       activation relu; if not, write "activation": … into a config.json beside the weights
                        types         {F32=4192}
                        tensors       9
                          wte                                                      F32   [27, 16]
                          wpe                                                      F32   [16, 16]
                          lm_head                                                  F32   [27, 16]
                          layer0.attn_wq                                           F32   [16, 16]
                          layer0.attn_wk                                           F32   [16, 16]
                          layer0.attn_wv                                           F32   [16, 16]
                          layer0.attn_wo                                           F32   [16, 16]
                          layer0.mlp_fc1                                           F32   [64, 16]
                          layer0.mlp_fc2                                           F32   [16, 64]
                        served        yes
                        """
                                .replace("\n", System.lineSeparator()));
        assertThat(err.toString()).isEmpty();
    }

    /** What depends on the collector and the processors of the machine is looked at by its form. */
    private static String withoutHeap(String text) {
        return text.replaceFirst(
                "heap          -Xmx[0-9]+m at least to serve it; -Xmx[0-9]+m for 32 full contexts at"
                        + " a time\\R"
                        + " {14}weights [0-9.]+ MB, positions 0[.]0 MB, activations [0-9.]+ MB, scratch of"
                        + " threads and sampling [0-9.]+ MB, keys and values [0-9.]+ MB, the program and its"
                        + " tokenizer [0-9.]+ MB, bodies of requests [0-9.]+ MB, answers [0-9.]+ MB,"
                        + " response formats [0-9.]+ MB, connections [0-9.]+ MB, loading, while it lasts, instead of requests"
                        + " [0-9.]+ MB\\R",
                "");
    }

    @Test
    void tellsWhatIsMissing(@TempDir Path folder) throws IOException {
        Path source = Path.of("src/test/resources/fixtures/hf-gpt2");
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        assertThat(run("inspect", folder.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains("GPT-2 (Hugging Face)")
                .endsWith("served        no" + System.lineSeparator());
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: "
                                + folder.resolve("model.safetensors")
                                + ": the file does not say its number of heads; write {\"n_head\":"
                                + " …} into a config.json beside it"
                                + System.lineSeparator()
                                + "kaya: "
                                + folder.resolve("model.safetensors")
                                + ": no tokenizer: put its tokenizer.json, or vocab.json and"
                                + " merges.txt, or tokenizer.model, tokenizer.bin or meta.pkl"
                                + " beside the weights"
                                + System.lineSeparator());
    }

    @Test
    void inspectsAGgufFile() {
        String file = "src/test/resources/fixtures/gguf-llama/model-q8_0.gguf";
        assertThat(run("inspect", file)).isZero();
        assertThat(withoutHeap(out.toString().replace('\\', '/')))
                .startsWith(
                        """
                        file          src/test/resources/fixtures/gguf-llama/model-q8_0.gguf
                        container     gguf
                        dialect       LLaMA (GGUF)
                        parameters    852,736
                        layers        1 of embedding 256, context 128, vocabulary 512
                        attention     4 heads of 64, 2 key/value heads, rotary base 10000
                        feed-forward  512, silu, gated
                        norm          rms_norm, epsilon 1.0E-5
                        memory        0.9 MB for the weights
                        KV cache      1,024 bytes a token in float32, 0.1 MB for the full context of 128 tokens
                        tokenizer     512 tokens
                        types         {F32=768, Q8_0=851968}
                        tensors       12
                          output.weight                                            Q8_0  [512, 256]
                        """)
                .endsWith("served        yes" + System.lineSeparator());
    }

    @Test
    void tellsHowPositionsAndHeadsDifferFromTheUsual() {
        assertThat(run("inspect", "src/test/resources/fixtures/hf-qwen3")).isZero();
        assertThat(out.toString())
                .contains("norm          rms_norm, epsilon 1.0E-6, also of queries and keys");
    }

    @Test
    void showsTheNearestDialectOfAnUnknownOneAndAMapToBeginWith(@TempDir Path folder)
            throws IOException {
        TinyCheckpoint.gpt2().rename("my."::concat).write(folder);
        assertThat(run("inspect", folder.toString())).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "dialect       unknown",
                        "nearest       GPT-2 (Hugging Face)",
                        "              lacks wte.weight, wpe.weight, ln_f.weight,",
                        "              does not know my.wte.weight,",
                        "    \"query_key_value\": \"my.h.{layer}.attn.c_attn.weight\",");
        assertThat(err.toString()).contains("no known dialect has these tensors");
    }

    @Test
    void explainsItself() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("generate", "inspect", "bench");
        assertThat(run("generate", "--nonsense")).isEqualTo(2);
        assertThat(err.toString()).startsWith("Unknown option: '--nonsense'");
    }

    @Test
    void servesAShorterContextButNoLongerOne() {
        String stories = "checkpoints/stories";
        assertThat(run("inspect", stories, "--context-length", "64", "--kv-cache", "bf16"))
                .isZero();
        assertThat(out.toString())
                .contains("layers        6 of embedding 192, context 64, vocabulary 4096")
                .contains("2,304 bytes a token in bfloat16, 0.1 MB for the full context of 64");
        assertThat(run("inspect", stories, "--context-length", "257")).isEqualTo(1);
        assertThat(err.toString())
                .contains("kaya.context-length must be at most 256, the context of this model");
        assertThat(run("inspect", stories, "--context-length", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("--context-length must be at least 1; given 0");
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        assertThat(
                        run(
                                "generate",
                                "--checkpoint",
                                stories,
                                "--context-length",
                                "4",
                                "--prompt",
                                "Once upon a time",
                                "--field",
                                "context_overflow=error",
                                "--max_new_tokens",
                                "5"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("4");
    }

    @Test
    void leavesServerArgumentsToTheServer() {
        assertThat(KayaCommand.isMeant(new String[] {})).isFalse();
        assertThat(KayaCommand.isMeant(new String[] {"--kaya.threads=1"})).isFalse();
        assertThat(KayaCommand.isMeant(new String[] {"inspect", "x"})).isTrue();
        assertThat(KayaCommand.isMeant(new String[] {"bench"})).isTrue();
    }

    @Test
    void takesEveryFieldOfARequest() {
        String[] banned = {
            "generate",
            "--checkpoint",
            "checkpoints/names",
            "--greedy",
            "--max_new_tokens",
            "8",
            "-f"
        };

        // The reference continues with "alexian"; token 0 is the letter a.
        assertThat(textOf(banned, "logit_bias={\"0\": -100}")).doesNotContain("a");
        assertThat(textOf(banned, "stop=xi")).isEqualTo("ale" + System.lineSeparator());
        assertThat(textOf(banned, "preset=creative")).isEqualTo("alexian" + System.lineSeparator());
    }

    @Test
    void refusesAFieldThatThereIsNot() {
        int status = run("generate", "-f", "min_x=1");

        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).startsWith("--field: ").contains("min_x");
    }
}
