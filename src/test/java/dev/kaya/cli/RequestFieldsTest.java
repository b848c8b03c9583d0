package dev.kaya.cli;

import static dev.kaya.cli.CommandRun.assertText;
import static dev.kaya.cli.CommandRun.generate;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.service.fault.RequestField;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestFieldsTest {

    /** How an answer comes, and what other requests ask for. */
    private static final List<String> OTHERS = List.of("stream", "text", "token_ids");

    private static CommandRun names(String... arguments) {
        return generate("names", arguments);
    }

    /** The reference continues with "alexian"; token 0 is the letter a. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    stop=xi                 | ale
                    stop="xi"               | ale
                    stop=["zz", "xi"]       | ale
                    stop_token_ids=[23]     | ale
                    preset=creative         | alexian
                    prompt="al"             | exian
                    prompt=al               | exian
                    prompt_token_ids=[26,0] | lexian
                    echo=true               | alexian
                    model=names             | alexian
                    min_p=0.5               | alexian
                    top_k=-1                | alexian
                    speculate=true          | alexian
                    timeout_ms=600000       | alexian
                    repetition_penalty=1.0  | alexian
                    context_overflow=stop   | alexian
                    seed=-5                 | alexian
                    """)
    void takesFieldsAsInARequest(String field, String text) {
        assertText(text, names("--greedy", "--max_new_tokens=8", "-f", field));
    }

    @Test
    void takesTextsOfOptionsLiterally() {
        String[] echo = {"--echo", "--max_new_tokens=0", "--prompt=\"Once\""};
        assertText("\"Once\"", generate("stories", echo));
        echo[2] = "--field=prompt=\"Once\"";
        assertText("Once", generate("stories", echo));
        echo[2] = "--field=prompt=[\"Once\"]";
        assertText("[\"Once\"]", generate("stories", echo));
        echo[2] = "--field=prompt=\"Once";
        assertText("\"Once", generate("stories", echo));
        echo[2] = "--field=prompt=1e3";
        assertText("1e3", generate("stories", echo));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    -f min_x=1                  | there is no field 'min_x'; did you mean min_p?
                    -f nn=3                     | there is no field 'nn'; did you mean n?
                    -f stream=true              | stream is not a field of generate: a single text is printed as it comes, anything else when it is complete
                    -f min_p                    | --field must be NAME=VALUE; given 'min_p'
                    -f =1                       | --field must be NAME=VALUE; given '=1'
                    -f                          | --field needs a value, NAME=VALUE
                    --n=2 -f n=3                | n is given twice
                    -f n=2 -f n=3               | n is given twice
                    --seed=2 --seed=2           | seed is given twice
                    --echo --echo               | echo is given twice
                    --greedy --temperature=0.5  | --greedy and --temperature cannot both be given
                    --greedy -f temperature=1   | --greedy and --temperature cannot both be given
                    --temperature=hot           | temperature must be a number; given 'hot'
                    --temperature=NaN           | temperature must be a number; given 'NaN'
                    --n=two                     | n must be a whole number of 32 bits; given 'two'
                    --n=1.5                     | n must be a whole number of 32 bits; given '1.5'
                    --seed=9223372036854775808  | seed must be a whole number of 64 bits; given '9223372036854775808'
                    -f echo=yes                 | echo must be true or false; given 'yes'
                    --stop_token_ids=3          | stop_token_ids must be an array of whole numbers such as [1, 2]; given '3'
                    --stop_token_ids=[1.5]      | stop_token_ids must be an array of whole numbers such as [1, 2]; given '[1.5]'
                    -f stop=[1]                 | stop must be a text, or an array of texts such as ["a", "b"]; given '[1]'
                    --logit_bias={"1":true}     | logit_bias must be an object of numbers such as {"42": -100}; given '{"1":true}'
                    --logit_bias=[1]            | logit_bias must be an object of numbers such as {"42": -100}; given '[1]'
                    --response_format=3         | response_format must be an object such as {"type": "json_object"}; given '3'
                    --response_format={"typ":1} | response_format has no field 'typ'; known are type, json_schema, schema, pattern
                    --response_format={"type":1} | response_format.type must be a text
                    --response_format={"json_schema":1} | response_format.json_schema must be an object
                    --response_format={"json_schema":{"x":1}} | response_format.json_schema has no field 'x'; known are name, description, strict, schema
                    --response_format={"type":  | response_format is not JSON: it goes wrong at line 1, column 9
                    """)
    void saysWhatIsWrongWithAField(String options, String message) {
        assertThat(names(options.split(" ")))
                .isEqualTo(
                        new CommandRun(2, "", "kaya: " + message + "\nsee kaya generate --help\n"));
    }

    @Test
    void listsTheFieldsWhereNoneIsNear() {
        assertThat(names("-f", "q=1").err())
                .isEqualTo(
                        "kaya: there is no field 'q'; known are "
                                + String.join(", ", RequestFields.names())
                                + "\nsee kaya generate --help\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"underscores", "dashes"})
    void hasAnOptionForEveryField(String kind) throws IOException {
        String help = Files.readString(Path.of("src/test/resources/cli/generate.txt"));
        for (String field : RequestFields.names()) {
            String option = kind.equals("dashes") ? field.replace('_', '-') : field;
            assertThat(help).containsPattern("[ ,]--" + option + "[=, \n]");
        }
    }

    @Test
    void readsEveryFieldThatARequestHasButStream() {
        assertThat(RequestFields.names())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(RequestField.values())
                                .map(RequestField::toString)
                                .filter(name -> !OTHERS.contains(name))
                                .toList());
    }
}
