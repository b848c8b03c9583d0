package dev.kaya.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.benchmark.BenchmarkResult;
import dev.kaya.benchmark.Measure;
import dev.kaya.benchmark.Measure.Limit;
import dev.kaya.benchmark.Positions;
import dev.kaya.benchmark.Workload;
import dev.kaya.engine.LoadedModel.Card;
import dev.kaya.engine.LoadedModel.Contents;
import dev.kaya.engine.tensor.matrix.DataType;
import dev.kaya.engine.tensor.roofline.Roofline;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {

    private static final String FIXTURE = "src/test/resources/fixtures/hf-gpt2"; // context 96

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return KayaCommand.run(arguments, new PrintWriter(out), new PrintWriter(err));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --prompt-tokens 0       | --prompt-tokens must be at least 1; given 0
                    --prompt-tokens 1000001 | --prompt-tokens must be at most 1000000; given 1000001
                    --prompt-tokens many    | --prompt-tokens must be a whole number; given 'many'
                    --prompt-tokens 96      | --prompt-tokens must be below the model's context of 96; given 96
                    --prompt-tokens 90 --new-tokens 7 | --new-tokens must be at most 6 after 90 prompt tokens in the model's context of 96; given 7
                    --new-tokens 0          | --new-tokens must be at least 1; given 0
                    --new-tokens -3         | --new-tokens must be at least 1; given -3
                    --sequences 0           | --sequences must be at least 1; given 0
                    --sequences 1025        | --sequences must be at most 1024; given 1025
                    --threads 0             | --threads must be at least 1; given 0
                    --threads 1025          | --threads must be at most 1024; given 1025
                    --repetitions 0         | --repetitions must be at least 1; given 0
                    --repetitions 1001      | --repetitions must be at most 1000; given 1001
                    --weights q4            | --weights must be auto, f32, bf16 or q8; given 'q4'
                    --kv-cache f16          | --kv-cache must be f32 or bf16; given 'f16'
                    --jsn                   | unknown option '--jsn'; did you mean --json?
                    """)
    void namesTheOptionThatIsWrong(String options, String message) {
        assertThat(run(("bench --checkpoint " + FIXTURE + " " + options).split(" ")))
                .as(err.toString())
                .isEqualTo(2);
        assertThat(err.toString().lines().findFirst()).hasValue("kaya: " + message);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void wantsACheckpoint() {
        assertThat(run("bench")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: --checkpoint=PATH is missing\nsee kaya bench --help\n"
                                .replace("\n", System.lineSeparator()));
    }

    @Test
    void namesAMissingCheckpoint() {
        assertThat(run("bench", "--checkpoint", "no-such-folder")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "kaya: no-such-folder: there is no such file or folder"
                                + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void measuresACheckpoint() {
        int status =
                run(
                        ("bench --json --checkpoint "
                                        + FIXTURE
                                        + " --prompt-tokens 20 --new-tokens 5 --sequences 3"
                                        + " --threads 2 --repetitions 1")
                                .split(" "));
        assertThat(err.toString()).isEmpty();
        assertThat(status).isZero();
        assertThat(out.toString()).hasLineCount(1);
        JsonNode json = JsonMapper.builder().build().readTree(out.toString());
        assertThat(json.path("model").asString()).isEqualTo("hf-gpt2");
        assertThat(json.path("kernels").asString()).isNotBlank();
        assertThat(json.path("threads").intValue()).isEqualTo(2);
        assertThat(json.path("prompt_tokens").intValue()).isEqualTo(20);
        assertThat(json.path("new_tokens").intValue()).isEqualTo(5);
        assertThat(json.path("sequences").intValue()).isEqualTo(3);
        assertThat(json.path("repetitions").intValue()).isEqualTo(1);
        assertThat(json.path("early").path("position").intValue()).isEqualTo(9);
        assertThat(json.path("late").path("position").intValue()).isEqualTo(80);
        for (String number : new String[] {"parameters", "weights_bytes", "late_cost"}) {
            assertPositive(json.path(number));
        }
        for (String number :
                new String[] {"memory_gb_per_second", "memory_bytes", "gflop_per_second"}) {
            assertPositive(json.path("roofline").path(number));
        }
        for (String measure : new String[] {"prefill", "decode", "together", "early", "late"}) {
            assertMeasure(json.path(measure));
        }
    }

    private static void assertMeasure(JsonNode measure) {
        for (String number :
                new String[] {
                    "tokens_per_second",
                    "weights_gb_per_second",
                    "gflop_per_second",
                    "roofline_share"
                }) {
            assertPositive(measure.path(number));
        }
        assertThat(measure.path("limit").asString()).isIn("memory", "arithmetic");
    }

    private static void assertPositive(JsonNode number) {
        assertThat(number.isNumber()).isTrue();
        assertThat(number.doubleValue()).isFinite().isPositive();
    }

    @Test
    void printsATable() {
        var contents =
                new Contents(
                        124_439_808,
                        Map.of(DataType.F32, 1L),
                        Set.of(DataType.F32),
                        496_000_000,
                        "0");
        var card = new Card("gpt2", Path.of("gpt2"), "safetensors", "GPT-2", contents);
        var roofline = new Roofline(23.5e9, 303e9, 2, 268_435_456);
        var positions =
                new Positions(
                        102,
                        new Measure(16, 0.4, 8e9, 4e9, 0.3, Limit.MEMORY),
                        1008,
                        new Measure(16, 0.5, 8e9, 4.5e9, 0.3, Limit.MEMORY));
        var result =
                new BenchmarkResult(
                        new Workload(256, 64, 8, 2, 3),
                        "vectors of 512 bits",
                        roofline,
                        new Measure(256, 0.2, 0.5e9, 50e9, 0.16, Limit.ARITHMETIC),
                        new Measure(64, 1.6, 32e9, 16e9, 1.4, Limit.MEMORY),
                        new Measure(520, 4, 36e9, 560e9, 3, Limit.ARITHMETIC),
                        positions);
        BenchReport.print(new PrintWriter(out, true), card, result);
        assertThat(out.toString())
                .isEqualTo(
                        """
                        model         gpt2, 124,439,808 parameters, 473.0 MiB of weights in F32
                        kernels       vectors of 512 bits, 2 threads
                        roofline      23.5 GB/s from 256.0 MiB of memory, 303.0 GFLOP/s in registers

                        measure                                  tokens/s      GB/s   GFLOP/s  roofline  limit
                        prefill, 256 tokens                       1,280.0      2.50    250.00     80.0%  arithmetic
                        decode, 64 tokens after 256                  40.0     20.00     10.00     87.5%  memory
                        8 sequences, 256 in, 65 out                 130.0      9.00    140.00     75.0%  arithmetic
                        decode at position 102                       40.0     20.00     10.00     75.0%  memory
                        decode at position 1008                      32.0     16.00      9.00     60.0%  memory

                        a token at position 1008 takes 1.25 times as long as one at 102
                        """
                                .replace("\n", System.lineSeparator()));
        JsonNode json = JsonMapper.builder().build().readTree(BenchReport.json(card, result));
        assertThat(json.path("late_cost").doubleValue()).isEqualTo(1.25);
        assertThat(json.path("decode").path("tokens_per_second").doubleValue()).isEqualTo(40);
    }

    @Test
    void leavesPositionsOutOfAShortContext() {
        var contents = new Contents(1, Map.of(DataType.F32, 1L), Set.of(DataType.F32), 4, "0");
        var card = new Card("names", Path.of("names"), "json", "microgpt", contents);
        var measure = new Measure(1, 1, 1, 1, 1, Limit.MEMORY);
        var result =
                new BenchmarkResult(
                        new Workload(1, 1, 1, 1, 1),
                        "scalar loops",
                        new Roofline(1, 1, 1, 4),
                        measure,
                        measure,
                        measure,
                        null);
        BenchReport.print(new PrintWriter(out, true), card, result);
        assertThat(out.toString()).hasLineCount(8).doesNotContain("position");
        assertThat(BenchReport.json(card, result)).doesNotContain("early", "late");
    }
}
