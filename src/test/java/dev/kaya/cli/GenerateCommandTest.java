package dev.kaya.cli;

import static dev.kaya.cli.CommandRun.assertText;
import static dev.kaya.cli.CommandRun.generate;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateCommandTest {

    private static CommandRun names(String... arguments) {
        return generate("names", arguments);
    }

    /** The text is PyTorch's greedy continuation, from the checkpoint's golden.json. */
    @Test
    void generatesTheReferenceText() {
        assertText(
                "I will be so so much as the state of the state,\nThat thou sh",
                generate(
                        "shakespeare-char",
                        "--prompt",
                        "ROMEO:\n",
                        "--max_new_tokens",
                        "60",
                        "--greedy"));
    }

    @Test
    void sameSeedGivesTheSameTextWithOneThreadAndTwo() {
        String[] command = {"--prompt=The fox", "--seed=7", "--max-new-tokens=40", "--threads=1"};
        String first = generate("stories", command).out();
        assertThat(first).isNotBlank();
        command[3] = "--threads=2";
        assertText(first.stripTrailing(), generate("stories", command));
    }

    @Test
    void startsFromTheBeginningOfTextWithoutAPrompt() {
        assertText("alexian", names("--greedy", "--max_new_tokens", "8"));
        assertText("alexian", names("--greedy", "--max_new_tokens", "8", "--echo"));
    }

    @Test
    void writesWhatTheFormatDemands(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("format.json");
        Files.writeString(file, "{\"type\": \"regex\", \"pattern\": \"xyzq\"}");
        assertText("xyzq", names("--response_format", "@" + file));
        assertText(
                "[{}]",
                generate(
                        "stories",
                        "-f",
                        "response_format={\"type\": \"json_schema\", \"json_schema\": {\"schema\":"
                                + " {\"const\": [{}]}}}"));
    }

    @Test
    void refusesAFormatThatNoTokenWrites() {
        assertThat(names("--response_format", "{\"type\": \"regex\", \"pattern\": \"[a-z]{2}7\"}"))
                .isEqualTo(
                        new CommandRun(
                                2,
                                "",
                                "kaya: response_format.pattern at character 9: no token of the"
                                        + " vocabulary writes '7'\n"));
    }

    @Test
    void namesAMissingFileOfAFormat() {
        assertThat(names("--response_format=@no-such.json"))
                .isEqualTo(
                        new CommandRun(
                                1, "", "kaya: no-such.json: there is no such file or folder\n"));
    }

    @Test
    void tellsSeedAndSpeedOnRequest() {
        CommandRun one = names("--seed", "3", "--stats");
        assertThat(one.out()).isEqualTo("edran\n");
        assertThat(one.err().replaceAll("[0-9]+\\.[0-9]", "#"))
                .isEqualTo(
                        "seed 3; 1 prompt token, 5 generated (eos); first token after # ms, then #"
                                + " tokens/s\n");
        CommandRun several =
                names("--n=2", "--prompt=al", "--max_new_tokens=1", "--seed=3", "--stats");
        assertThat(several.err().replaceAll("[0-9]+\\.[0-9]", "#"))
                .isEqualTo(
                        "seed 3; 3 prompt tokens, 2 generated (length, length); first token after #"
                                + " ms\n");
        CommandRun dropped =
                names(
                        "--prompt=abcdefghijklmnopqrst",
                        "--max_new_tokens=1",
                        "--context_overflow=slide",
                        "--ignore_eos",
                        "--seed=3",
                        "--stats");
        assertThat(dropped.err().replaceAll("[0-9]+\\.[0-9]", "#"))
                .isEqualTo(
                        "seed 3; 21 prompt tokens (the first 5 dropped), 1 generated (length);"
                                + " first token after # ms\n");
    }

    @Test
    void printsSeveralTextsUnderHeadings() {
        assertText(
                """
                text 1 of 3 (5 tokens, eos):
                edran

                text 2 of 3 (8 tokens, eos):
                mikerlyn

                text 3 of 3 (6 tokens, eos):
                sannie""",
                names("--seed", "3", "-f", "n=3"));
    }

    @Test
    void theFirstTextIsTheOneThatIsPrintedAlone() {
        assertText("edran", names("--seed=3"));
        assertText("edran", names("--seed=3", "--n=1", "--best_of=1", "--num_beams=1"));
    }

    /** By their tables, the mean log-probabilities of the four are -2.22, -2.95, -2.50, -2.06. */
    @Test
    void printsTheLikeliestOfMoreTexts() {
        assertText(
                """
                text 1 of 4 (6 tokens, eos):
                fayari

                text 2 of 4 (6 tokens, eos):
                moinon

                text 3 of 4 (7 tokens, eos):
                taprich

                text 4 of 4 (5 tokens, eos):
                roser""",
                names("--seed=3", "--n=4", "--temperature=1.2"));
        assertText(
                """
                text 1 of 2 (5 tokens, eos):
                roser

                text 2 of 2 (6 tokens, eos):
                fayari""",
                names("--seed=3", "--n=2", "--best_of=4", "--temperature=1.2"));
        assertText("roser", names("--seed=3", "--best_of=4", "--temperature=1.2"));
    }

    @Test
    void printsTheBestThatBeamsFind() {
        assertText(
                " there lived a man who lived in the",
                generate(
                        "stories",
                        "--prompt=Once upon a time",
                        "--num_beams=3",
                        "--max_new_tokens=8"));
        assertText(
                """
                text 1 of 2 (8 tokens, length):
                 there lived a man who lived in the

                text 2 of 2 (8 tokens, length):
                 there lived a man who lived in a""",
                generate(
                        "stories",
                        "--prompt=Once upon a time",
                        "-f",
                        "num_beams=3",
                        "-f",
                        "n=2",
                        "-f",
                        "max_new_tokens=8"));
    }

    @Test
    void findsRoomForMoreBeamsThanAServerRunsAtATime() {
        CommandRun run = names("--num_beams=40", "--n=40", "--max_new_tokens=2");
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines().filter(line -> line.startsWith("text ")))
                .hasSize(40)
                .last()
                .asString()
                .startsWith("text 40 of 40 (");
    }

    @Test
    void tabulatesLogProbabilities() {
        assertText(
                """
                al

                   logprob  token id  token  likeliest
                   -2.0052         0  "a"    "a" -2.0052, "k" -2.3893
                   -1.9806        11  "l"    "l" -1.9806, "n" -2.0039""",
                names("--greedy", "--max_new_tokens=2", "--logprobs=2"));
    }

    @Test
    void tabulatesThePromptBeforeTheText() {
        assertText(
                """
                prompt:
                   logprob  token id  token  likeliest
                         -        26  ""
                   -2.0052         0  "a"    "a" -2.0052
                   -1.9806        11  "l"    "l" -1.9806

                text (1 token, length):
                e""",
                names("--greedy", "--prompt=al", "--max_new_tokens=1", "--prompt_logprobs=1"));
    }

    @Test
    void scoresAPromptAlone() {
        assertText(
                """
                prompt:
                   logprob  token id  token
                         -      3198  "Once"
                   -1.2591       660  " upon"
                   -0.2002       258  " a"
                   -0.1394       540  " time\"""",
                generate(
                        "stories",
                        "--prompt=Once upon a time",
                        "-f",
                        "max_new_tokens=0",
                        "-f",
                        "prompt_logprobs=0"));
    }

    @Test
    void tokensOfATableStandOnOneLine() {
        CommandRun run =
                generate(
                        "shakespeare-char",
                        "--prompt=ROMEO:",
                        "--greedy",
                        "--max_new_tokens=1",
                        "--logprobs=0");
        assertThat(run.out())
                .matches("\n\n\n +logprob  token id  token\n +-0\\.0[0-9]{3} +0  \"\\\\n\"\n");
    }

    @Test
    void biasKeepsALetterOut() {
        assertThat(names("--greedy", "--logit_bias={\"0\": -100}").out()).doesNotContain("a");
    }

    @Test
    void stopsAtAnyOfSeveralTexts() {
        assertText("ale", names("--greedy", "--stop", "zz", "--stop", "xi"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --top_p=0                   | top_p must be above 0 and at most 1; given 0.0
                    --n=0                       | n must be at least 1; given 0
                    --n=1025                    | n must be at most 1024; given 1025
                    --logprobs=21               | logprobs must be from 0 to 20; given 21
                    --model=other               | there is no model 'other'; served is 'names'
                    --length_penalty=2          | length_penalty has no effect without num_beams above 1
                    --num_beams=2 --best_of=2   | num_beams above 1 and best_of cannot both be given
                    --prompt=a --prompt_token_ids=[1] | prompt and prompt_token_ids cannot both be given
                    --context_overflow=error    | the prompt's 1 tokens and max_new_tokens 100 exceed the context of 16
                    --prompt=é                  | prompt: the vocabulary has no token for 'é' (U+00E9) at character 0
                    """)
    void refusesWhatTheServerRefuses(String options, String message) {
        assertThat(names(options.split(" ")))
                .isEqualTo(new CommandRun(2, "", "kaya: " + message + "\n"));
    }

    @Test
    void endsWhenNobodyReadsTheText() {
        var err = new StringWriter();
        var closed =
                new PrintWriter(
                        new Writer() {
                            @Override
                            public void write(char[] text, int offset, int length)
                                    throws IOException {
                                throw new IOException("Broken pipe");
                            }

                            @Override
                            public void flush() {}

                            @Override
                            public void close() {}
                        });
        String[] endless = {
            "generate",
            "--checkpoint=checkpoints/names",
            "--max_new_tokens=1000000",
            "--ignore_eos",
            "--context_overflow=slide"
        };
        assertThat(KayaCommand.run(endless, closed, new PrintWriter(err))).isEqualTo(1);
        assertThat(err)
                .hasToString(
                        "kaya: standard output is closed, or takes no more"
                                + System.lineSeparator());
    }

    @Test
    void servesAShorterContextButNoLongerOne() {
        String[] asked = {
            "--prompt=Once upon a time",
            "--context_overflow=error",
            "--max_new_tokens=5",
            "--context-length=4"
        };
        assertThat(generate("stories", asked))
                .isEqualTo(
                        new CommandRun(
                                2,
                                "",
                                "kaya: the prompt's 4 tokens and max_new_tokens 5 exceed the"
                                        + " context of 4\n"));
        asked[3] = "--context-length=257";
        CommandRun longer = generate("stories", asked);
        assertThat(longer.err())
                .isEqualTo(
                        "kaya: checkpoints/stories/model.safetensors: kaya.context-length must be"
                                + " at most 256, the context of this model, which was trained for no"
                                + " more; where it is stretched by rope_scaling, its config.json"
                                + " says so; given 257\n");
        assertThat(longer.status()).isEqualTo(1);
    }
}
