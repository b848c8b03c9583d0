package dev.kaya.engine.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.Automata;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.automaton.Dfa;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Schemas become texts that are valid by them, or are refused where they stand. */
public class SchemaCompilerTest {

    private static final JsonMapper EXACT =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    /** Apostrophes for quotes. */
    public static JsonNode json(String text) {
        return EXACT.readTree(text.replace('\'', '"'));
    }

    private static Dfa dfa(String schema) throws ConstraintException {
        return Automata.of(json(schema));
    }

    private static void assertWrites(String schema, String... texts) throws ConstraintException {
        Dfa dfa = dfa(schema);
        for (String text : texts) {
            assertThat(dfa.accepts(text.replace('\'', '"'))).as("%s: %s", schema, text).isTrue();
        }
    }

    private static void assertNever(String schema, String... texts) throws ConstraintException {
        Dfa dfa = dfa(schema);
        for (String text : texts) {
            assertThat(dfa.accepts(text.replace('\'', '"'))).as("%s: %s", schema, text).isFalse();
        }
    }

    @Test
    void scalars() throws ConstraintException {
        assertWrites("{'type': 'null'}", "null");
        assertWrites("{'type': 'boolean'}", "true", "false");
        assertNever("{'type': 'boolean'}", "True", "tru", "", "true ", " true", "0");
        assertWrites("{'type': 'integer'}", "0", "7", "-7", "-120", "123456789012345");
        assertNever(
                "{'type': 'integer'}", "00", "-0", "01", "1.0", "1e3", "+1", "1234567890123456");
        assertWrites("{'type': 'number'}", "0", "-0.5", "3.14", "1e3", "2.5E-12", "-1e+9");
        assertNever("{'type': 'number'}", ".5", "1.", "00.1", "1e", "1e123", "NaN");
        assertWrites("{'type': ['null', 'integer']}", "null", "12");
        assertNever("{'type': ['null', 'integer']}", "1.5", "''");
    }

    @Test
    void strings() throws ConstraintException {
        String any = "{'type': 'string'}";
        assertWrites(
                any, "''", "'a b'", "'é中😀'", "'\\n\\t\\b\\f\\r'", "'\\\"\\\\'", "'/'", "'\u007F'");
        assertNever(any, "'", "'a", "'a\nb'", "'\\x'", "'\\u0041'", "'\\/'", "a", "'a''");
        String three = "{'type': 'string', 'minLength': 2, 'maxLength': 3}";
        assertWrites(three, "'ab'", "'abc'", "'\\n\\n'", "'😀é中'");
        assertNever(three, "'a'", "'abcd'", "'\\n'", "'😀😀😀😀'");
    }

    @Test
    void patternsStandForTheWholeString() throws ConstraintException {
        assertWrites("{'pattern': '^[A-Z]{2}\\\\d+$'}", "'AB1'", "'XY007'");
        assertNever("{'pattern': '[A-Z]{2}\\\\d+'}", "'xAB1'", "'AB1x'", "'AB'");
        String quotes = "{'type': 'string', 'pattern': '[\\\\x01\\\\u0022\\\\\\\\a]+'}";
        assertWrites(quotes, "'\\u0001a'", "'\\\"\\\\'");
        assertNever(quotes, "'\u0001'", "'b'", "'''");
        String both = "{'type': 'string', 'pattern': 'a*b*', 'minLength': 3, 'maxLength': 4}";
        assertWrites(both, "'aab'", "'aaaa'", "'bbb'");
        assertNever(both, "'ab'", "'aabbb'", "'aba'");
        assertWrites("{'allOf': [{'pattern': 'a.*'}, {'pattern': '.*z'}]}", "'az'", "'a-z'");
        assertNever("{'allOf': [{'pattern': 'a.*'}, {'pattern': '.*z'}]}", "'a'", "'z'", "'bz'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "date | 2024-02-29 | 2023-02-29",
                "date | 1999-12-31 | 1999-11-31",
                "date | 2000-02-29 | 1900-02-29",
                "time | 23:59:59Z | 24:00:00Z",
                "time | 10:20:30.5+02:00 | 10:20:30",
                "date-time | 2024-02-29T10:20:30Z | 2024-02-29 10:20:30Z",
                "duration | P1Y2M3DT4H5M6S | P",
                "duration | PT5M | P1H",
                "email | a.b@example.org | a@b",
                "hostname | www.example.org | -a.example.org",
                "ipv4 | 255.0.10.249 | 256.0.0.1",
                "ipv4 | 0.0.0.0 | 01.0.0.0",
                "ipv6 | 2001:db8:0:0:0:0:0:1 | 1:2:3:4:5:6:7",
                "uri | https://example.org/a/b | example.org",
                "uuid | 123e4567-e89b-12d3-a456-426614174000 | 123e4567e89b12d3a456426614174000",
            })
    void formatsAreMet(String format, String valid, String invalid) throws ConstraintException {
        String schema = "{'type': 'string', 'format': '" + format + "'}";
        assertWrites(schema, "'" + valid + "'");
        assertNever(schema, "'" + invalid + "'");
    }

    /** Every whole number near the bounds, and decimals beside them. */
    @ParameterizedTest
    @CsvSource({
        "-7, 12",
        "0, 0",
        "5, 5",
        "-105, -99",
        "98, 1003",
        "-1, 1",
        "0, 9",
        "10, 10",
        "-20, 0",
    })
    void wholeNumbersKeepTheirBoundsExactly(int least, int most) throws ConstraintException {
        Dfa inclusive =
                dfa("{'type': 'integer', 'minimum': %d, 'maximum': %d}".formatted(least, most));
        Dfa exclusive =
                dfa(
                        "{'type': 'integer', 'exclusiveMinimum': %d, 'exclusiveMaximum': %d}"
                                .formatted(least - 1, most + 1));
        for (int n = least - 120; n <= most + 1_200; n++) {
            boolean within = n >= least && n <= most;
            assertThat(inclusive.accepts(Integer.toString(n))).as("%d", n).isEqualTo(within);
            assertThat(exclusive.accepts(Integer.toString(n))).as("%d", n).isEqualTo(within);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-0.25, 1.5",
        "0, 0.1",
        "0.05, 0.051",
        "-2.5, -1",
        "9.99, 10",
        "0.5, 3",
        "-10.01, 0",
    })
    void decimalsKeepTheirBoundsExactly(String least, String most) throws ConstraintException {
        Dfa inclusive =
                dfa("{'type': 'number', 'minimum': %s, 'maximum': %s}".formatted(least, most));
        Dfa exclusive =
                dfa(
                        "{'type': 'number', 'exclusiveMinimum': %s, 'exclusiveMaximum': %s}"
                                .formatted(least, most));
        var low = new BigDecimal(least);
        var high = new BigDecimal(most);
        for (int thousandths = -12_000; thousandths <= 12_000; thousandths++) {
            var n = BigDecimal.valueOf(thousandths, 3);
            for (String text : new String[] {n.toPlainString(), plain(n)}) {
                boolean zero = n.signum() == 0 && text.startsWith("-");
                boolean within = n.compareTo(low) >= 0 && n.compareTo(high) <= 0 && !zero;
                boolean inside = n.compareTo(low) > 0 && n.compareTo(high) < 0 && !zero;
                assertThat(inclusive.accepts(text)).as(text).isEqualTo(within);
                assertThat(exclusive.accepts(text)).as(text).isEqualTo(inside);
            }
        }
        assertThat(inclusive.accepts("-0")).isFalse();
        assertThat(inclusive.accepts("-0.00")).isFalse();
        assertThat(inclusive.accepts("1e0")).isFalse();
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    @Test
    void numbersWithOneBoundAndBoundsOfManyDigits() throws ConstraintException {
        assertWrites("{'type': 'integer', 'minimum': 18}", "18", "100", "999999999999999");
        assertNever("{'type': 'integer', 'minimum': 18}", "17", "0", "-20", "1000000000000000");
        assertWrites("{'maximum': 3}", "3", "2.999999", "-100", "3.0");
        assertNever("{'maximum': 3}", "3.000001", "4", "30");
        String large = "{'type': 'integer', 'minimum': 100000000000000000000}";
        assertWrites(large, "100000000000000000000", "999999999999999999999");
        assertNever(large, "99999999999999999999");
        String fine = "{'minimum': 0.12345678901234567891, 'maximum': 0.12345678901234567892}";
        assertWrites(fine, "0.12345678901234567891", "0.12345678901234567892");
        assertNever(fine, "0.12345678901234567890", "0.1234567890123457");
    }

    @Test
    void multiplesAreExact() throws ConstraintException {
        Dfa sevens = dfa("{'type': 'integer', 'multipleOf': 7, 'minimum': -50}");
        for (int n = -60; n < 2_000; n++) {
            assertThat(sevens.accepts(Integer.toString(n)))
                    .as("%d", n)
                    .isEqualTo(n % 7 == 0 && n >= -50);
        }
        Dfa cents = dfa("{'type': 'number', 'multipleOf': 0.05, 'maximum': 2}");
        for (int n = 0; n < 300; n++) {
            String text = BigDecimal.valueOf(n, 2).toPlainString();
            assertThat(cents.accepts(text)).as(text).isEqualTo(n % 5 == 0 && n <= 200);
        }
        assertWrites("{'multipleOf': 0.5}", "1", "1.5", "-2.0");
        assertNever("{'multipleOf': 0.5}", "1.25", "1.50", "0.1");
        assertWrites("{'allOf': [{'multipleOf': 4}, {'multipleOf': 6}]}", "12", "-24", "0");
        assertNever("{'allOf': [{'multipleOf': 4}, {'multipleOf': 6}]}", "4", "6", "18");
    }

    @Test
    void objectsHaveTheirPropertiesInOrder() throws ConstraintException {
        String schema =
                "{'type': 'object', 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'null'},"
                        + " 'c': {'type': 'boolean'}}, 'required': ['b']}";
        assertWrites(
                schema,
                "{'b':null}",
                "{'a':1,'b':null}",
                "{'a': 1, 'b': null, 'c': true}",
                "{'b':null, 'c':false}");
        assertNever(
                schema,
                "{}",
                "{'a':1}",
                "{'b':null,'a':1}",
                "{'b':null,}",
                "{,'b':null}",
                "{ 'b':null}",
                "{'b':  null}",
                "{'b':null,'d':1}",
                "{'b':null,'c':1}");
        assertWrites("{'properties': {'a': {'const': 1}}}", "{}", "{'a':1}");
        assertWrites("{'type': 'object', 'additionalProperties': false}", "{}");
        assertNever("{'type': 'object', 'additionalProperties': false}", "{'a':1}");
    }

    @Test
    void namesThatAreNotListedAreWrittenWhereTheyAreDescribedOrNoneIsListed()
            throws ConstraintException {
        String map = "{'type': 'object', 'additionalProperties': {'type': 'integer'}}";
        assertWrites(map, "{}", "{'x':1}", "{'x':1,'y':2, '': 3}");
        assertNever(map, "{'x':true}");
        String both =
                "{'properties': {'ab': {'const': true}}, 'additionalProperties': {'type': 'null'}}";
        assertWrites(both, "{'ab':true}", "{'ab':true,'a':null,'abc':null}", "{'x':null}");
        assertNever(both, "{'ab':null}", "{'x':true}");
        assertNever("{'properties': {'a': {'const': 1}}, 'additionalProperties': true}", "{'b':1}");
        assertWrites("{'type': 'object'}", "{'x':[1, {'y':null}]}");
        assertWrites("{'type': 'object', 'required': ['k']}", "{'k':[{}]}");
        assertNever("{'type': 'object', 'required': ['k']}", "{}", "{'k':1,'j':2}");
        String some =
                "{'additionalProperties': {'const': 0}, 'minProperties': 1, 'maxProperties': 2}";
        assertWrites(some, "{'x':0}", "{'x':0,'y':0}");
        assertNever(some, "{}", "{'x':0,'y':0,'z':0}");
    }

    @Test
    void arraysKeepTheirCounts() throws ConstraintException {
        String schema = "{'items': {'enum': [1, 2]}, 'minItems': 1, 'maxItems': 3}";
        assertWrites(schema, "[1]", "[1,2]", "[2, 2,1]");
        assertNever(schema, "[]", "[1,1,1,1]", "[1,]", "[ 1]", "[3]");
        assertWrites("{'type': 'array', 'items': {'type': 'null'}}", "[]", "[null,null]");
        assertWrites("{'type': 'array', 'maxItems': 0}", "[]");
        assertWrites("{'type': 'array', 'items': false}", "[]");
        assertNever("{'type': 'array', 'items': false}", "[1]");
        String pair = "{'prefixItems': [{'const': 'x'}, {'type': 'integer'}]}";
        assertWrites(pair, "[]", "['x']", "['x', 5]");
        assertNever(pair, "[5]", "['x',5,1]");
        String more = "{'prefixItems': [{'const': 'x'}], 'items': {'const': 0}, 'minItems': 2}";
        assertWrites(more, "['x',0]", "['x',0,0, 0]");
        assertNever(more, "['x']", "[0,0]");
        assertWrites("{'prefixItems': [{'const': 1}], 'minItems': 2}", "[1,[]]", "[1,2]");
        assertNever("{'prefixItems': [{'const': 1}], 'minItems': 2}", "[1]", "[1,2,3]");
    }

    @Test
    void constantsAreWrittenAsTheyAre() throws ConstraintException {
        String schema =
                "{'enum': [null, true, -1.50, 'a\\\"b\\u0001', [1, {}], {'k': [], 'l': 'é'}]}";
        assertWrites(
                schema,
                "null",
                "true",
                "-1.50",
                "'a\\\"b\\u0001'",
                "[1,{}]",
                "[1, {}]",
                "{'k':[],'l':'é'}",
                "{'k': [], 'l': 'é'}");
        assertNever(schema, "false", "-1.5", "[]", "{'l':'é','k':[]}", "{'k':[]}");
        assertWrites("{'enum': ['a', 5, 'bcd'], 'type': 'string', 'maxLength': 2}", "'a'");
        assertNever("{'enum': ['a', 5, 'bcd'], 'type': 'string', 'maxLength': 2}", "5", "'bcd'");
        assertWrites("{'enum': [1, 2, 3], 'minimum': 2, 'multipleOf': 3}", "3");
        assertNever("{'enum': [1, 2, 3], 'minimum': 2, 'multipleOf': 3}", "2");
        assertNever("{'enum': ['a1', 'b'], 'pattern': '.[0-9]'}", "'b'");
        assertWrites("{'allOf': [{'enum': [1, 2]}, {'const': 2.0}]}", "2");
    }

    @Test
    void alternativesAndAll() throws ConstraintException {
        assertWrites("{'anyOf': [{'type': 'null'}, {'const': 5}]}", "null", "5");
        String kinds =
                "{'oneOf': [{'properties': {'k': {'const': 'a'}, 'x': {'type': 'null'}},"
                        + " 'required': ['k', 'x']}, {'properties': {'k': {'const': 'b'}},"
                        + " 'required': ['k']}], 'type': 'object'}";
        assertWrites(kinds, "{'k':'a','x':null}", "{'k':'b'}");
        assertNever(kinds, "{'k':'a'}", "{'k':'b','x':null}");
        assertWrites("{'oneOf': [{'type': 'string'}, {'type': 'integer'}]}", "'a'", "4");
        assertWrites("{'oneOf': [{'maximum': 3}, {'exclusiveMinimum': 3}]}", "3", "4");
        String merged =
                "{'allOf': [{'properties': {'a': {'minimum': 3}}}, {'properties': {'a': {'type':"
                        + " 'integer', 'maximum': 5}, 'b': {'const': 1}}, 'required': ['a']}]}";
        assertWrites(merged, "{'a':3}", "{'a':5,'b':1}");
        assertNever(merged, "{}", "{'a':2}", "{'a':6}", "{'a':4.5}");
        String closed =
                "{'allOf': [{'properties': {'a': {'const': 1}}, 'additionalProperties': false},"
                        + " {'properties': {'b': {'const': 2}}}]}";
        assertWrites(closed, "{}", "{'a':1}");
        assertNever(closed, "{'b':2}", "{'a':1,'b':2}");
        assertWrites("true", "null", "[1,{'a':2}]", "{'a':[null],'b':{'c':''}}", "'x'");
        assertNever("true", "[[[1]]]");
        assertWrites("{}", "1.5e3");
        assertWrites("{'title': 'T', 'description': 'D', 'x-more': 1}", "[]");
    }

    @Test
    void referencesMayLeadBack() throws ConstraintException {
        String list =
                "{'$ref': '#/$defs/node', '$defs': {'node': {'type': 'object', 'properties': {'v':"
                        + " {'type': 'integer'}, 'next': {'anyOf': [{'type': 'null'}, {'$ref':"
                        + " '#/$defs/node'}]}}, 'required': ['v', 'next']}}}";
        assertWrites(
                list,
                "{'v':1,'next':null}",
                "{'v':1,'next':{'v':2,'next':null}}",
                "{'v':1,'next':{'v':2,'next':{'v':3,'next':null}}}");
        assertNever(list, "{'v':1}", "{'v':1,'next':{}}");
        String tree = "{'properties': {'children': {'type': 'array', 'items': {'$ref': '#'}}}}";
        assertWrites(tree, "{}", "{'children':[]}", "{'children':[{},{'children':[{}]}]}");
        String escaped =
                "{'properties': {'a': {'$ref': '#/$defs/x~1y%20~0z'}}, '$defs': {'x/y ~z':"
                        + " {'const': 1}}}";
        assertWrites(escaped, "{'a':1}");
        String bounded =
                "{'properties': {'a': {'$ref': '#/properties/b', 'maximum': 2}, 'b': {'minimum': 1,"
                        + " 'type': 'integer'}}, 'required': ['a']}";
        assertWrites(bounded, "{'a':2}", "{'a':1,'b':9}");
        assertNever(bounded, "{'a':3}", "{'a':0}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'properties': {'a': {'not': {}}}} | #/properties/a/not | keyword not",
                "{'items': {'if': {}, 'then': {}}} | #/items/if | keyword if",
                "{'patternProperties': {}} | #/patternProperties | keyword",
                "{'$defs': {}, '$ref': 'other.json'} | #/$ref | within the schema",
                "{'pattern': 'a(?=b)'} | #/pattern, character 2 | lookahead",
                "{'items': [{}]} | #/items | prefixItems",
                "{'type': 'array', 'uniqueItems': true} | #/uniqueItems | uniqueItems",
                "{'oneOf': [{'type': 'number'}, {'type': 'integer'}]} | #/oneOf | both 0 and 1",
                "{'oneOf': [{'properties': {'a': {}}}, {'type': 'object'}]} | #/oneOf | use anyOf",
                "{'multipleOf': 0.000123457} | # | multipleOf",
                "{'$ref': '#'} | #/$ref | leads back",
                "{'const': [1], 'items': {}} | # | constant",
            })
    void refusesByPointerWhatItDoesNotSupport(String schema, String pointer, String what) {
        assertRefused(schema, Kind.UNSUPPORTED, pointer, what);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "5 | # | an object, true or false",
                "{'properties': {'a': []}} | #/properties/a | an object, true or false",
                "{'type': 'text'} | #/type | no type 'text'",
                "{'type': ['null', 3]} | #/type/1 | a string",
                "{'type': []} | #/type | not be empty",
                "{'enum': []} | #/enum | not be empty",
                "{'enum': 1} | #/enum | an array",
                "{'required': 'a'} | #/required | an array",
                "{'properties': 1} | #/properties | an object",
                "{'minLength': -1} | #/minLength | whole number from 0",
                "{'minItems': 1.5} | #/minItems | whole number from 0",
                "{'minimum': '1'} | #/minimum | a number",
                "{'exclusiveMinimum': true} | #/exclusiveMinimum | there is none",
                "{'multipleOf': 0} | #/multipleOf | above 0",
                "{'pattern': '['} | #/pattern, character 1 | not closed",
                "{'$ref': '#/$defs/x'} | #/$ref | # has no '$defs'",
                "{'anyOf': []} | #/anyOf | not be empty",
                "{'uniqueItems': 1} | #/uniqueItems | true or false",
            })
    void refusesWhatIsNoSchemaWhereItStands(String schema, String pointer, String what) {
        assertRefused(schema, Kind.INVALID, pointer, what);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "false | # | false",
                "{'type': 'integer', 'minimum': 3, 'maximum': 2} | # | bounds",
                "{'type': 'integer', 'exclusiveMinimum': 3, 'exclusiveMaximum': 4} | # | bounds",
                "{'properties': {'a': {'minLength': 3, 'maxLength': 2}}, 'required': ['a']}"
                        + " | #/properties/a | length",
                "{'properties': {'a': {'pattern': 'b+', 'format': 'date'}}, 'required': ['a']}"
                        + " | #/properties/a | pattern and format",
                "{'minItems': 2, 'maxItems': 1} | # | as long as it must be",
                "{'type': 'array', 'items': false, 'minItems': 1} | #/items | false",
                "{'required': ['a'], 'properties': {}, 'additionalProperties': false}"
                        + " | #/additionalProperties | false",
                "{'allOf': [{'type': 'null'}, {'type': 'string'}]} | # | no type",
                "{'enum': [1], 'type': 'string'} | # | constants",
                "{'properties': {'a': {'$ref': '#'}}, 'required': ['a']} | #/required/0 | no value",
            })
    void refusesWhatNothingMeets(String schema, String pointer, String what) {
        assertRefused(schema, Kind.IMPOSSIBLE, pointer, what);
    }

    private static void assertRefused(String schema, Kind kind, String pointer, String what) {
        var refusal = catchThrowableOfType(ConstraintException.class, () -> dfa(schema));
        assertThat(refusal).as(schema).isNotNull();
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        assertThat(refusal.place()).isEqualTo(pointer);
        assertThat(refusal).hasMessageContaining(what);
    }

    /** What would be too large as it stands is cut where a bound allows, else refused. */
    @Test
    void largeSchemasAreCutShortOrRefused() throws ConstraintException {
        Dfa book = dfa("{'type': 'string', 'maxLength': 1000000}");
        assertThat(book.states()).isLessThan(Limits.STATES);
        assertThat(book.accepts('"' + "x".repeat(1_024) + '"')).isTrue();
        assertThat(book.accepts('"' + "x".repeat(1_025) + '"')).isFalse();
        assertRefused("{'minLength': 40000}", Kind.TOO_LARGE, "#", "more than");
        String branching =
                "{'type': 'object', 'properties': {'a': {'$ref': '#'}, 'b': {'$ref': '#'}, 'c':"
                        + " {'$ref': '#'}, 'text': {'type': 'string', 'maxLength': 500}}}";
        Dfa tree = dfa(branching);
        assertThat(tree.accepts("{\"a\":{\"text\":\"x\"}}")).isTrue();
        assertThat(tree.states()).isLessThanOrEqualTo(Limits.STATES);
    }

    @Test
    void everyBoundHoldsAtItselfAndRefusesOneMore() throws ConstraintException {
        String deep = nested(Limits.SCHEMA_DEPTH - 1);
        assertThat(dfa(deep).isEmpty()).isFalse();
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class, () -> dfa(nested(Limits.SCHEMA_DEPTH)));
        assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal).hasMessageContaining("at most 100 deep");

        // The schema and its list are two values.
        String largest = "{'enum': [" + "1,".repeat(Limits.SCHEMA_VALUES - 3) + "2]}";
        assertThat(dfa(largest).accepts("2")).isTrue();
        String more = "{'enum': [" + "1,".repeat(Limits.SCHEMA_VALUES - 2) + "2]}";
        assertRefused(more, Kind.TOO_LARGE, "#", "at most 20000 values");

        String longest = "1" + "0".repeat(Limits.NUMBER_DIGITS - 1);
        assertWrites("{'type': 'integer', 'minimum': " + longest + "}", longest);
        assertRefused(
                "{'minimum': " + longest + "0}", Kind.TOO_LARGE, "#/minimum", "at most 400 digits");
        assertRefused("{'maximum': 1e-401}", Kind.TOO_LARGE, "#/maximum", "at most 400 digits");
        assertRefused("{'const': 1e999999999}", Kind.TOO_LARGE, "#/const", "at most 400 digits");
    }

    private static String nested(int depth) {
        return "{'items': ".repeat(depth) + "{'type': 'null'}" + "}".repeat(depth);
    }
}
