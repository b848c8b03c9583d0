package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.BAD_REQUEST;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Texts that look as the request says, over HTTP. */
class ResponseFormatIT extends StoriesServer {

    private static final String PERSON =
            """
            {"type": "object", "properties": {
               "name": {"type": "string", "minLength": 1, "maxLength": 20},
               "age": {"type": "integer", "minimum": 0, "maximum": 150},
               "born": {"type": "string", "format": "date"},
               "friends": {"type": "array", "items": {"$ref": "#"}, "maxItems": 2}},
             "required": ["name", "age", "born"]}
            """;

    private static String schema(String schema) {
        return "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\": %s}}"
                .formatted(schema);
    }

    private static String regex(String pattern) {
        return "\"response_format\": {\"type\": \"regex\", \"pattern\": \"%s\"}".formatted(pattern);
    }

    private JsonNode answer(String members) {
        return client().generated("{\"prompt\": \"Once upon a time\", " + members + "}");
    }

    private static String text(JsonNode output) {
        return output.get("text").stringValue();
    }

    private static String reason(JsonNode output) {
        return output.get("finish_reason").stringValue();
    }

    private void refused(String members, String code, String field, String detail) {
        client().generate("{" + members + "}")
                .isProblem(BAD_REQUEST, code, detail, "\"field\": \"%s\"".formatted(field));
    }

    @Test
    void everyAnswerIsValidByItsSchemaAtEveryTemperature() {
        Schema judge =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(JsonMapper.shared().readTree(PERSON));
        for (String temperature : List.of("0", "0.5", "1", "2")) {
            JsonNode outputs =
                    answer(
                                    "\"n\": 4, \"seed\": 3, \"top_k\": 0, \"top_p\": 1,"
                                            + " \"max_new_tokens\": 90, \"temperature\": "
                                            + temperature
                                            + ", "
                                            + schema(PERSON))
                            .get("outputs");
            for (JsonNode output : outputs) {
                JsonNode parsed = JsonMapper.shared().readTree(text(output));
                assertThat(
                                judge.validate(
                                        parsed,
                                        context ->
                                                context.executionConfig(
                                                        config ->
                                                                config.formatAssertionsEnabled(
                                                                        true))))
                        .as(text(output))
                        .isEmpty();
                assertThat(reason(output)).isEqualTo("stop");
            }
        }
    }

    @Test
    void aStreamHasTheSameText() {
        String members = regex("The [a-z]+ (ran|sat)( [a-z]{2,8}){3}!") + ", \"seed\": 9";
        String text = text(answer(members).get("outputs").get(0));
        assertThat(text).matches("The [a-z]+ (ran|sat)( [a-z]{2,8}){3}!");
        assertThat(client().streamed("{\"prompt\": \"Once upon a time\", " + members + "}").text())
                .isEqualTo(text);
    }

    @Test
    void nothingElseThatIsAskedForBreaksTheFormat() {
        String others =
                "\"temperature\": 2, \"no_repeat_ngram_size\": 1, \"repetition_penalty\": 5,"
                        + " \"frequency_penalty\": 2, \"logit_bias\": {\"97\": -100}, \"seed\": 1,"
                        + " \"top_k\": 3, \"top_p\": 0.2, \"min_p\": 0.5, \"typical_p\": 0.3,"
                        + " \"logprobs\": 2, \"echo\": true, \"best_of\": 3, ";
        assertThat(text(answer(others + regex("(a|aa|aaa){40,50}")).get("outputs").get(0)))
                .matches("Once upon a time" + "a{40,150}");
    }

    @Test
    void guessesAheadChangeNothing() {
        String members = "\"seed\": 4, \"max_new_tokens\": 120, " + schema(PERSON);
        assertThat(answer(members + ", \"speculate\": true").get("outputs"))
                .isEqualTo(answer(members).get("outputs"));
    }

    /** The end of text is where the model wants it, or where nothing can follow. */
    @Test
    void tellsWhyATextEnded() {
        String pattern = "(?:[a-z]{1,5} ?){4,60}";
        String eager = "\"logit_bias\": {\"4095\": 100}, " + regex(pattern);
        JsonNode ended = answer(eager).get("outputs").get(0);
        assertThat(text(ended)).matches(pattern);
        assertThat(reason(ended)).isEqualTo("eos");
        assertThat(ended.get("token_ids").valueStream().map(JsonNode::intValue))
                .isNotEmpty()
                .doesNotContain(4095);
        JsonNode ignoring =
                answer("\"ignore_eos\": true, \"max_new_tokens\": 9, " + regex("[a-z ]+"))
                        .get("outputs")
                        .get(0);
        assertThat(ignoring.get("token_ids")).hasSize(9);
        assertThat(reason(ignoring)).isEqualTo("length");
        assertThat(reason(answer(regex("[a-z]{3}")).get("outputs").get(0))).isEqualTo("stop");
    }

    @Test
    void theShortestAnswerMustFit() {
        String exactly = "\"max_new_tokens\": %d, " + regex("[0-9]{10}");
        int fewest = 1;
        while (client().generate("{" + exactly.formatted(fewest) + "}").status() == 400) {
            fewest++;
        }
        assertThat(text(answer(exactly.formatted(fewest)).get("outputs").get(0)))
                .matches("[0-9]{10}");
        client().generate("{" + exactly.formatted(fewest - 1) + "}")
                .isProblem(
                        BAD_REQUEST,
                        "answer_too_long",
                        "response_format.pattern at character 1: the shortest answer has %d tokens,"
                                        .formatted(fewest)
                                + " and %d may be generated".formatted(fewest - 1),
                        "\"field\": \"response_format.pattern\", \"limit\": %d, \"given\": %d"
                                .formatted(fewest - 1, fewest));
        String full = "300,".repeat(CONTEXT - 1) + "300";
        String stopping = "\"prompt_token_ids\": [" + full + "], \"context_overflow\": \"stop\", ";
        assertThat(client().generate("{" + stopping + regex("[0-9]{40}") + "}").body())
                .contains("answer_too_long", "and 1 may be generated");
    }

    @Test
    void refusesWhatCannotBeMetAndSaysWhere() {
        refused(
                schema(
                        "{\"properties\": {\"a\": {\"minimum\": 2, \"maximum\": 1}},"
                                + " \"required\": [\"a\"]}"),
                "impossible_response_format",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/properties/a: no number is within these"
                        + " bounds");
        refused(
                schema("{\"items\": {\"not\": {}}}"),
                "unsupported_response_format",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/items/not: the keyword not is not"
                        + " supported");
        refused(
                schema("{\"type\": \"text\"}"),
                "invalid_response_format",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/type: there is no type 'text'");
        refused(
                regex("a(?=b)"),
                "unsupported_response_format",
                "response_format.pattern",
                "response_format.pattern at character 2: lookahead is not supported");
        refused(
                regex("a{1001}"),
                "response_format_too_large",
                "response_format.pattern",
                "response_format.pattern at character 2: a quantifier goes up to 1000 repetitions");
        refused(
                schema("{\"minimum\": 1e401}"),
                "response_format_too_large",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/minimum: a number has at most 400 digits"
                        + " before and behind the point");
    }

    @Test
    void refusesWhatIsNoFormat() {
        client().generate("{\"response_format\": {\"type\": \"xml\"}}")
                .isProblem(
                        BAD_REQUEST,
                        "out_of_range",
                        "response_format.type must be text, json_object, json_schema or regex;"
                                + " given 'xml'",
                        "\"field\": \"response_format.type\", \"limit\": \"text, json_object,"
                                + " json_schema, regex\", \"given\": \"'xml'\"");
        assertThat(client().generate("{\"response_format\": {}}").body())
                .contains("\"out_of_range\"", "response_format.type must be", "given nothing");
        refused(
                "\"response_format\": {\"type\": \"regex\"}",
                "missing_field",
                "response_format.pattern",
                "response_format.pattern must be given for this type");
        refused(
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {}}",
                "missing_field",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema must be given for this type");
        refused(
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"schema\":"
                        + " true}, \"pattern\": \"a\"}",
                "conflicting_fields",
                "response_format.pattern",
                "response_format.pattern has no effect for this type");
        refused(
                "\"response_format\": {\"typ\": \"regex\"}",
                "unknown_field",
                "response_format.typ",
                "there is no field response_format.typ, type may be meant; known are json_schema, pattern, schema,"
                        + " type");
        refused(
                "\"response_format\": {\"json_schema\": {\"title\": \"x\"}}",
                "unknown_field",
                "response_format.json_schema.title",
                "there is no field response_format.json_schema.title; known are description, name,"
                        + " schema, strict");
        assertThat(client().generate("{\"response_format\": \"json\"}").body())
                .contains("\"wrong_type\"", "response_format must be an object");
        assertThat(client().generate("{" + schema("{\"type\": 1, \"type\": 2}") + "}").body())
                .contains("duplicate_field");
    }

    /** What beside a type says something else, and what is of the wrong type. */
    @Test
    void refusesWhatDoesNotGoTogether() {
        String inner = "\"json_schema\": {\"schema\": {}}";
        for (String type : List.of("text", "json_object", "regex")) {
            for (String other : List.of(inner, "\"schema\": {}")) {
                String field = "response_format." + other.substring(1, other.indexOf('"', 1));
                refused(
                        "\"response_format\": {\"type\": \"%s\", %s}".formatted(type, other),
                        "conflicting_fields",
                        field,
                        field + " has no effect for this type");
            }
        }
        for (String type : List.of("text", "json_object")) {
            refused(
                    "\"response_format\": {\"type\": \"%s\", \"pattern\": \"a\"}".formatted(type),
                    "conflicting_fields",
                    "response_format.pattern",
                    "response_format.pattern has no effect for this type");
        }
        refused(
                "\"response_format\": {\"type\": \"json_schema\", \"schema\": {}, " + inner + "}",
                "conflicting_fields",
                "response_format.schema",
                "response_format.schema and response_format.json_schema cannot both be given");
        refused(
                "\"response_format\": {\"type\": \"json_schema\", \"schema\": null}",
                "missing_field",
                "response_format.json_schema",
                "response_format.json_schema must be given for this type");
        refused(
                "\"response_format\": {\"type\": \"json_schema\", \"schema\": 5}",
                "invalid_response_format",
                "response_format.schema",
                "response_format.schema at #: a schema must be an object, true or false");
        for (String wrong : List.of("\"name\": 1", "\"description\": []", "\"strict\": \"yes\"")) {
            String field = wrong.substring(1, wrong.indexOf('"', 1));
            assertThat(
                            client().generate(
                                            "{\"response_format\": {\"type\": \"json_schema\","
                                                    + " \"json_schema\": {%s, \"schema\": {}}}}"
                                                            .formatted(wrong))
                                    .body())
                    .contains(
                            "\"wrong_type\"", "response_format.json_schema." + field + " must be");
        }
    }

    @Test
    void aTextIsWhatItIsWithoutAFormat() {
        String members = "\"seed\": 5, \"max_new_tokens\": 12, \"stop\": \"zebra\"";
        assertThat(answer(members + ", \"response_format\": {\"type\": \"text\"}").get("outputs"))
                .isEqualTo(answer(members).get("outputs"));
    }

    @Test
    void aJsonObjectIsOneAndFinished() {
        for (int seed = 1; seed <= 5; seed++) {
            JsonNode output =
                    answer(
                                    "\"max_new_tokens\": 40, \"temperature\": 1.5, \"seed\": "
                                            + seed
                                            + ", \"response_format\": {\"type\":"
                                            + " \"json_object\"}")
                            .get("outputs")
                            .get(0);
            assertThat(JsonMapper.shared().readTree(text(output)).isObject())
                    .as(text(output))
                    .isTrue();
        }
    }

    /** The shapes that clients of OpenAI and of others send. */
    @Test
    void takesASchemaAsOthersWriteIt() {
        String schema =
                "\"schema\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\":"
                        + " \"boolean\"}}, \"required\": [\"a\"], \"additionalProperties\": false}";
        for (String format :
                List.of(
                        "\"json_schema\": {\"name\": \"answer\", \"strict\": true, " + schema + "}",
                        "\"json_schema\": {\"name\": \"a\", \"description\": \"b\", "
                                + schema
                                + "}",
                        "\"json_schema\": {\"strict\": false, " + schema + "}",
                        "\"json_schema\": null, " + schema)) {
            String members = "\"response_format\": {\"type\": \"json_schema\", " + format + "}";
            assertThat(text(answer(members + ", \"max_new_tokens\": 40").get("outputs").get(0)))
                    .as(format)
                    .matches("\\{\"a\": ?(true|false)}");
        }
    }

    /** Whole answers by schemas as OpenAPI, draft 4 and generators of records write them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\0',
            value = {
                "{'type': 'integer', 'format': 'int32', 'minimum': 0, 'maximum': 9} ; [0-9]",
                "{'type': 'number', 'format': 'double', 'minimum': 0, 'maximum': 9}"
                        + " ; (9(\\.0+)?|[0-8](\\.[0-9]+)?)",
                "{'type': 'integer', 'format': 'uint8', 'minimum': 0, 'maximum': 9} ; [0-9]",
                "{'type': 'string', 'format': 'password', 'maxLength': 4} ; (?s)'.{0,8}'",
                "{'type': 'string', 'format': 'phone-number', 'maxLength': 4} ; (?s)'.{0,8}'",
                "{'$schema': 'https://json-schema.org/draft/2020-12/schema', 'type': 'object',"
                        + " 'properties': {'count': {'type': 'integer', 'format': 'int32',"
                        + " 'minimum': 0, 'maximum': 99}, 'price': {'type': 'number', 'format':"
                        + " 'double', 'minimum': 0, 'maximum': 1}}, 'required': ['count', 'price'],"
                        + " 'additionalProperties': false}"
                        + " ; \\{'count': ?[0-9]{1,2}, ?'price': ?[01](\\.[0-9]+)?\\}",
                "{'type': 'string', 'maxLength': 3, 'nullable': true} ; (?s)(null|'.{0,6}')",
                "{'type': 'integer', 'minimum': 0, 'exclusiveMinimum': true, 'maximum': 3} ; [123]",
                "{'type': 'boolean', 'x-order': 3, 'deprecated': true, 'example': true}"
                        + " ; (true|false)",
            })
    void takesSchemasAsGeneratorsWriteThem(String schema, String pattern) {
        String members =
                schema(schema.replace('\'', '"')) + ", \"max_new_tokens\": 60, \"seed\": 1";
        assertThat(text(answer(members).get("outputs").get(0))).matches(pattern.replace('\'', '"'));
    }

    @Test
    void refusesWhatIsHalfACharacterOrAnEndlessChain() {
        assertThat(client().generate("{" + schema("{\"enum\": [\"\\ud83d\"]}") + "}").body())
                .contains("\"status\":400", "enum[0]");
        refused(
                schema("{\"pattern\": \"a\\\\ud83d\"}"),
                "invalid_response_format",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/pattern, character 2: half a character");
        String chain =
                IntStream.range(0, 3_000)
                        .mapToObj(i -> "\"d%d\": {\"$ref\": \"#/$defs/d%d\"}".formatted(i, i + 1))
                        .collect(Collectors.joining(","));
        refused(
                schema("{\"$ref\": \"#/$defs/d0\", \"$defs\": {" + chain + ", \"d3000\": {}}}"),
                "response_format_too_large",
                "response_format.json_schema.schema",
                "response_format.json_schema.schema at #/$defs/d199: references and alternatives"
                        + " lead at most 200 deep from one value");
    }

    @Test
    void refusesWhatElseWouldEndTheText() {
        for (String other :
                List.of(
                        "\"stop\": \"x\"",
                        "\"stop_token_ids\": [5]",
                        "\"min_new_tokens\": 1",
                        "\"num_beams\": 2")) {
            String field = other.substring(1, other.indexOf('"', 1));
            refused(
                    other + ", " + regex("[a-z]+"),
                    "conflicting_fields",
                    field,
                    "response_format and " + field + " cannot both be given");
        }
    }
}
