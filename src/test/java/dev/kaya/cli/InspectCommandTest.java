package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.TinyCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

    /** What depends on the collector and the processors of the machine. */
    private static final Pattern HEAP = Pattern.compile("-Xmx[0-9]+m");

    private static final Pattern PART =
            Pattern.compile("(?m)^ {14} *[0-9.]+ (?:B|KiB|MiB)(?=  [a-z])");

    private static final Pattern ROOM =
            Pattern.compile("[0-9,]+ MiB, has room for [0-9.]+ (?:KiB|MiB) of");

    private static final String PARTS =
            """
                          # weights
                          # positions
                          # activations
                          # scratch of threads and sampling
                          # keys and values
                          # the program and its tokenizer
                          # bodies of requests
                          # answers
                          # response formats
                          # connections
                          # loading, while it lasts, instead of requests
                          and some 150 MiB lie outside of it: code, threads and buffers
                          the heap of this process, # MiB, has room for # of keys and values
            """;

    /** A whole report with {@code #} where the machine counts. */
    private static String report(CommandRun run) {
        String out = HEAP.matcher(run.out().replace('\\', '/')).replaceAll("-Xmx#");
        out = PART.matcher(out).replaceAll("              #").replaceAll("# +(?=[a-z])", "# ");
        return ROOM.matcher(out).replaceAll("# MiB, has room for # of");
    }

    @Test
    void tellsWhatACheckpointIs() {
        CommandRun run = CommandRun.of("inspect", "checkpoints/names", "--tokens", "1000");
        assertThat(report(run))
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
                        tokenizer     27 tokens
                        assumed       epsilon of norms 1.0E-5; if not, write "rms_norm_eps": … into a config.json beside the weights
                        assumed       the sum of the embeddings is normed; if not, write "embedding_norm": false into a config.json beside the weights
                        assumed       activation relu; if not, write "activation": … into a config.json beside the weights
                        weights       17.0 KiB in memory
                        KV cache      f32       128 bytes a token,   2.0 KiB for the context of 16, 125.0 KiB for 1,000
                                      bf16       64 bytes a token,   1.0 KiB for the context of 16,  62.5 KiB for 1,000
                        heap          -Xmx# at least, -Xmx# for 32 full contexts at a time, KV cache in f32
                                      -Xmx# at least, -Xmx# for 32 full contexts at a time, KV cache in bf16
                                      -Xmx# with KV cache in f32 holds
                        %stensors       9 of F32, 4,192 elements, 16.4 KiB
                        served        yes
                        """
                                .formatted(PARTS));
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
    }

    @Test
    void listsTensorsOnRequest() {
        CommandRun run = CommandRun.of("inspect", "checkpoints/names", "--tensors");
        assertThat(run.out())
                .endsWith(
                        """
                        tensors       9 of F32, 4,192 elements, 16.4 KiB
                          wte             F32   [27, 16]     1.7 KiB
                          wpe             F32   [16, 16]     1.0 KiB
                          lm_head         F32   [27, 16]     1.7 KiB
                          layer0.attn_wq  F32   [16, 16]     1.0 KiB
                          layer0.attn_wk  F32   [16, 16]     1.0 KiB
                          layer0.attn_wv  F32   [16, 16]     1.0 KiB
                          layer0.attn_wo  F32   [16, 16]     1.0 KiB
                          layer0.mlp_fc1  F32   [64, 16]     4.0 KiB
                          layer0.mlp_fc2  F32   [16, 64]     4.0 KiB
                        served        yes
                        """);
    }

    @Test
    void tellsWhatAGgufFileIs() {
        CommandRun run =
                CommandRun.of(
                        "inspect",
                        "src/test/resources/fixtures/gguf-llama/model-q8_0.gguf",
                        "--kv-cache=bf16");
        assertThat(report(run))
                .isEqualTo(
                        """
                        file          src/test/resources/fixtures/gguf-llama/model-q8_0.gguf
                        container     gguf
                        dialect       LLaMA (GGUF)
                        parameters    852,736
                        layers        1 of embedding 256, context 128, vocabulary 512
                        attention     4 heads of 64, 2 key/value heads, rotary base 10000
                        feed-forward  512, silu, gated
                        norm          rms_norm, epsilon 1.0E-5
                        tokenizer     512 tokens
                        weights       887.0 KiB in memory
                        KV cache      f32     1,024 bytes a token, 128.0 KiB for the context of 128
                                      bf16      512 bytes a token,  64.0 KiB for the context of 128
                        heap          -Xmx# at least, -Xmx# for 32 full contexts at a time, KV cache in f32
                                      -Xmx# at least, -Xmx# for 32 full contexts at a time, KV cache in bf16
                                      -Xmx# with KV cache in bf16 holds
                        %stensors       12 (3 of F32, 9 of Q8_0), 852,736 elements, 887.0 KiB
                        served        yes
                        """
                                .formatted(PARTS));
    }

    @Test
    void tellsWhatIsMissing(@TempDir Path folder) throws IOException {
        Path source = Path.of("src/test/resources/fixtures/hf-gpt2");
        Files.copy(source.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        CommandRun run = CommandRun.of("inspect", folder.toString());
        Path file = folder.resolve("model.safetensors");
        assertThat(run.out())
                .isEqualTo(
                        """
                        file          %s
                        container     safetensors
                        dialect       GPT-2 (Hugging Face)
                        tensors       28 of F32, 139,008 elements, 543.0 KiB
                        served        no
                        """
                                .formatted(file));
        assertThat(run.err())
                .isEqualTo(
                        """
                        kaya: %1$s: the file does not say its number of heads; write {"n_head": …} into a config.json beside it
                        kaya: %1$s: no tokenizer: put its tokenizer.json, or vocab.json and merges.txt, or tokenizer.model, tokenizer.bin or meta.pkl (which nanoGPT writes beside the text that it learns) beside the weights
                        """
                                .formatted(file));
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void tellsHowPositionsAndHeadsDifferFromTheUsual() {
        CommandRun run = CommandRun.of("inspect", "src/test/resources/fixtures/hf-qwen3");
        assertThat(run.status()).isZero();
        assertThat(run.out())
                .contains("\nnorm          rms_norm, epsilon 1.0E-6, also of queries and keys\n");
    }

    @Test
    void showsTheNearestDialectOfAnUnknownOneAndAMapToBeginWith(@TempDir Path folder)
            throws IOException {
        TinyCheckpoint.gpt2().rename("my."::concat).write(folder);
        CommandRun run = CommandRun.of("inspect", folder.toString());
        assertThat(run.out())
                .contains(
                        "\ndialect       unknown\n",
                        "\nnearest       GPT-2 (Hugging Face)\n",
                        "\n              lacks wte.weight, wpe.weight, ln_f.weight,",
                        "\n              does not know my.wte.weight,",
                        "\n    \"query_key_value\": \"my.h.{layer}.attn.c_attn.weight\",")
                .endsWith("\nserved        no\n");
        assertThat(run.err()).contains("no known dialect has these tensors");
        assertThat(run.status()).isEqualTo(1);
    }

    @Test
    void inspectsAShorterContextButNoLongerOne() {
        CommandRun shorter =
                CommandRun.of("inspect", "checkpoints/stories", "--context-length", "64");
        assertThat(shorter.out())
                .contains(
                        "\nlayers        6 of embedding 192, context 64, vocabulary 4,096\n",
                        "\nKV cache      f32     4,608 bytes a token, 288.0 KiB for the context of"
                                + " 64\n              bf16    2,304 bytes a token, 144.0 KiB for"
                                + " the context of 64\n");
        assertThat(shorter.status()).isZero();
        CommandRun longer =
                CommandRun.of("inspect", "checkpoints/stories", "--context-length", "257");
        assertThat(longer.err())
                .isEqualTo(
                        "kaya: checkpoints/stories/model.safetensors: kaya.context-length must be"
                                + " at most 256, the context of this model, which was trained for no"
                                + " more; where it is stretched by rope_scaling, its config.json"
                                + " says so; given 257\n");
        assertThat(longer.status()).isEqualTo(1);
    }
}
