package dev.kaya.cli;

import dev.kaya.cli.RequestFields.Given;
import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.service.request.GenerationSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.json.JsonMapper;

/**
 * The options of a command that stand for fields of a request: one for each, with underscores as in
 * a request or with dashes, and {@code --field} for whoever has names and values.
 */
final class RequestOptions implements IModelTransformer {

    private static final String GREEDY = "--greedy";
    private static final String FIELD = "--field";
    private static final String STOP = "stop";
    private static final int SHOWN_CHARACTERS = 100;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Made by picocli. */
    RequestOptions() {}

    @Override
    public CommandSpec transform(CommandSpec command) {
        addText(command);
        addEnds(command);
        addSampling(command);
        addTexts(command);
        addForm(command);
        return command;
    }

    private static void addText(CommandSpec command) {
        addTo(
                command,
                "%nText:%n",
                option(
                        "prompt",
                        "TEXT",
                        "The text to continue (default: the model's beginning of text)."),
                option(
                        "prompt_token_ids",
                        "[ID,...]",
                        "The same as token ids, used as they are (default: none)."),
                flag(
                        "allow_special_tokens",
                        "Special tokens written in the prompt become those tokens."),
                flag("echo", "Begin every text with the prompt."),
                option("model", "NAME", "The name that the model must have (default: any)."));
    }

    private static void addEnds(CommandSpec command) {
        addTo(
                command,
                "%nLength and end:%n",
                option("max_new_tokens", "N", "Most tokens to generate (default: 100)."),
                option(
                        "min_new_tokens",
                        "N",
                        "Tokens before which nothing but the context ends a text (default: 0)."),
                stop(),
                option(
                        "stop_token_ids",
                        "[ID,...]",
                        "Tokens that end a text and are no part of it (default: none)."),
                flag("ignore_eos", "Go on after the model's end of text."),
                option(
                        "context_overflow",
                        "POLICY",
                        "At the end of the context: slide, stop or error (default: the model's)."),
                option(
                        "timeout_ms",
                        "MS",
                        "Milliseconds after which a text ends with what there is (default:"
                                + " none)."));
    }

    private static void addSampling(CommandSpec command) {
        addTo(
                command,
                "%nSampling:%n",
                option(
                        "temperature",
                        "T",
                        "Logits are divided by it; 0 is greedy (default: the model's, or 0.8)."),
                greedy(),
                option(
                        "top_k",
                        "K",
                        "Keep the K likeliest tokens; 0 keeps all (default: the model's, or 50)."),
                option(
                        "top_p",
                        "P",
                        "Keep the likeliest tokens whose probabilities sum to P; 1 keeps"
                                + " all (default: the model's, or 0.95)."),
                option(
                        "min_p",
                        "P",
                        "Keep tokens of at least this share of the likeliest one's"
                                + " probability (default: 0, which keeps all)."),
                option(
                        "typical_p",
                        "P",
                        "Keep the tokens nearest to the expected information, up to this"
                                + " sum of probabilities (default: 1, which keeps all)."),
                option(
                        "preset",
                        "NAME",
                        "greedy, focused, balanced or creative: temperature, top_k and"
                                + " top_p together (default: none)."),
                option(
                        "repetition_penalty",
                        "X",
                        "Divides the logits of tokens that came before (default: 1, which"
                                + " changes nothing)."),
                option(
                        "repetition_window",
                        "N",
                        "How many of the last tokens that penalty looks at; 0 for all"
                                + " (default: 0)."),
                option(
                        "frequency_penalty",
                        "X",
                        "Taken off a logit for each time its token was generated (default: 0)."),
                option(
                        "presence_penalty",
                        "X",
                        "Taken off the logit of a token that was generated (default: 0)."),
                option(
                        "no_repeat_ngram_size",
                        "N",
                        "No run of so many tokens comes twice; 0 allows all (default: 0)."),
                option(
                        "logit_bias",
                        "{\"ID\":X,...}",
                        "Added to the logits of these token ids (default: none)."),
                option(
                        "seed",
                        "SEED",
                        "The same seed gives the same text (default: drawn; --stats prints it)."));
    }

    private static void addTexts(CommandSpec command) {
        addTo(
                command,
                "%nSeveral texts:%n",
                option(
                        "n",
                        "N",
                        "Texts to generate; each is printed under a heading (default: 1)."),
                option(
                        "best_of",
                        "N",
                        "Texts to draw, of which the n likeliest are printed (default: n)."),
                option(
                        "num_beams",
                        "N",
                        "Search the likeliest texts with so many beams, and print the best"
                                + " n (default: 1, which samples)."),
                option(
                        "length_penalty",
                        "X",
                        "The power of its length that divides a beam's score (default: 1)."),
                flag("early_stopping", "End the beam search with its first num_beams texts."));
    }

    private static void addForm(CommandSpec command) {
        addTo(
                command,
                "%nForm:%n",
                option(
                        "response_format",
                        "JSON",
                        "What a text looks like: {\"type\": \"regex\", \"pattern\": ...},"
                                + " {\"type\": \"json_schema\", ...} or @ and a file with it"
                                + " (default: free)."),
                option(
                        "logprobs",
                        "K",
                        "Print a table of the tokens with their log-probabilities and K"
                                + " alternatives each, 0 to 20 (default: none)."),
                option(
                        "prompt_logprobs",
                        "K",
                        "The same for the tokens of the prompt (default: none)."),
                flag(
                        "speculate",
                        "Guess tokens ahead: the same text, faster where it repeats itself."),
                field());
    }

    private static void addTo(CommandSpec command, String heading, OptionSpec... options) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading(heading).exclusive(false).validate(false);
        for (OptionSpec option : options) {
            group.addArg(option);
        }
        command.addArgGroup(group.build());
    }

    private static OptionSpec.Builder named(String field, String description) {
        String[] names = {"--" + field, "--" + field.replace('_', '-')};
        return (field.contains("_") ? OptionSpec.builder(names) : OptionSpec.builder(names[0]))
                .description(description);
    }

    private static OptionSpec option(String field, String label, String description) {
        return named(field, description).paramLabel(label).type(String.class).build();
    }

    private static OptionSpec flag(String field, String description) {
        return named(field, description).type(boolean.class).build();
    }

    private static OptionSpec greedy() {
        return OptionSpec.builder(GREEDY)
                .description("Always take the likeliest token; the same as --temperature=0.")
                .type(boolean.class)
                .build();
    }

    private static OptionSpec stop() {
        return repeatable(
                OptionSpec.builder("--" + STOP)
                        .description(
                                "A text that ends the generated one and is no part of it;"
                                        + " repeatable (default: none)."),
                "TEXT");
    }

    private static OptionSpec field() {
        return repeatable(
                OptionSpec.builder("-f", FIELD)
                        .description(
                                "Any of these by its name in a request, its value as JSON or plain"
                                        + " text; repeatable (default: none)."),
                "NAME=VALUE");
    }

    private static OptionSpec repeatable(OptionSpec.Builder option, String label) {
        return option.paramLabel(label).type(List.class).auxiliaryTypes(String.class).build();
    }

    /**
     * The request that a command line asks for.
     *
     * @throws ParameterException when a field is not there, given twice or of another type
     * @throws IOException when the file of a response format cannot be read
     */
    static GenerationSpec read(ParseResult parsed) throws IOException {
        Map<String, Given> values = values(parsed);
        GenerationSpec.Builder request = GenerationSpec.builder();
        if (!values.containsKey("prompt_token_ids")) {
            request.prompt("");
        }
        for (Map.Entry<String, Given> value : values.entrySet()) {
            try {
                RequestFields.set(request, value.getKey(), value.getValue());
            } catch (RequestFields.WrongValueException e) {
                throw mistake(parsed, String.valueOf(e.getMessage()), e);
            }
        }
        return request.build();
    }

    private static Map<String, Given> values(ParseResult parsed) throws IOException {
        Map<String, Given> values = new LinkedHashMap<>();
        for (OptionSpec option : parsed.matchedOptionsSet()) {
            String name = option.longestName().substring(2).replace('-', '_');
            List<String> given = option.stringValues();
            if (option.longestName().equals(FIELD)) {
                for (String assignment : given) {
                    putAssignment(parsed, values, assignment);
                }
            } else if (option.longestName().equals(GREEDY)) {
                put(parsed, values, "temperature", new Given("0", true));
            } else if (name.equals(STOP)) {
                put(parsed, values, name, new Given(JSON.writeValueAsString(given), false));
            } else if (RequestFields.names().contains(name)) {
                for (String value : given) {
                    put(parsed, values, name, new Given(contents(name, value), true));
                }
            }
        }
        return values;
    }

    private static void putAssignment(
            ParseResult parsed, Map<String, Given> values, String assignment) {
        int end = assignment.indexOf('=');
        if (end < 1) {
            throw mistake(
                    parsed,
                    "--field must be NAME=VALUE; given '"
                            + PrintableText.of(assignment, SHOWN_CHARACTERS)
                            + "'",
                    null);
        }
        String value = assignment.substring(end + 1);
        put(parsed, values, assignment.substring(0, end), new Given(value, false));
    }

    private static void put(
            ParseResult parsed, Map<String, Given> values, String name, Given given) {
        if (values.put(name, given) != null) {
            boolean greedy = name.equals("temperature") && parsed.hasMatchedOption(GREEDY);
            throw mistake(
                    parsed,
                    greedy
                            ? "--greedy and --temperature cannot both be given"
                            : PrintableText.of(name, SHOWN_CHARACTERS) + " is given twice",
                    null);
        }
    }

    private static String contents(String name, String given) throws IOException {
        return name.equals("response_format") && given.startsWith("@")
                ? Files.readString(Path.of(given.substring(1)))
                : given;
    }

    private static ParameterException mistake(
            ParseResult parsed, String message, @Nullable Throwable cause) {
        return new ParameterException(parsed.commandSpec().commandLine(), message, cause);
    }
}
