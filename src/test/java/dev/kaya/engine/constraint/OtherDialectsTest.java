package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.schema.SchemaCompilerTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenAPI, draft 4 and generators of schemas write beside the words of draft 2020-12. */
class OtherDialectsTest {

    private static void assertWrites(String schema, String... texts) throws ConstraintException {
        Dfa dfa = Automata.of(SchemaCompilerTest.json(schema));
        for (String text : texts) {
            assertThat(dfa.accepts(text.replace('\'', '"'))).as("%s: %s", schema, text).isTrue();
        }
    }

    private static void assertNever(String schema, String... texts) throws ConstraintException {
        Dfa dfa = Automata.of(SchemaCompilerTest.json(schema));
        for (String text : texts) {
            assertThat(dfa.accepts(text.replace('\'', '"'))).as("%s: %s", schema, text).isFalse();
        }
    }

    private static void assertRefused(String schema, Kind kind, String pointer, String what) {
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class,
                        () -> Automata.of(SchemaCompilerTest.json(schema)));
        assertThat(refusal).as(schema).isNotNull();
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        assertThat(refusal.place()).isEqualTo(pointer);
        assertThat(refusal).hasMessageContaining(what);
    }

    @Test
    void int32HoldsTheRangeOfAnInt() throws ConstraintException {
        String schema = "{'type': 'integer', 'format': 'int32'}";
        assertWrites(schema, "0", "2147483647", "-2147483648", "999999999");
        assertNever(schema, "2147483648", "-2147483649", "10000000000", "1.5", "-0");
        assertWrites("{'format': 'int32'}", "7");
        assertNever("{'format': 'int32'}", "7.5", "'a'");
        assertWrites("{'type': 'number', 'format': 'int32'}", "7");
        assertNever("{'type': 'number', 'format': 'int32'}", "7.5", "2147483648");
        assertNever("{'type': 'integer', 'format': 'int32', 'maximum': 1e10}", "2147483648");
        assertNever("{'type': 'integer', 'format': 'int32', 'exclusiveMinimum': 5}", "5");
        assertWrites("{'type': ['string', 'integer'], 'format': 'int32'}", "'a'", "1");
        assertRefused(
                "{'type': 'integer', 'format': 'int32', 'minimum': 2147483648}",
                Kind.IMPOSSIBLE,
                "#",
                "no number is within these bounds");
        assertWrites("{'enum': [3000000000, 4], 'format': 'int32'}", "4");
        assertNever("{'enum': [3000000000, 4, 0.5], 'format': 'int32'}", "3000000000", "0.5");
    }

    /** Without bounds no more digits are written than a double keeps. */
    @Test
    void int64HoldsTheRangeOfALong() throws ConstraintException {
        String wide = "{'type': 'integer', 'format': 'int64', 'maximum': 1e30}";
        assertWrites(wide, "9223372036854775807", "-9223372036854775808", "0");
        assertNever(wide, "9223372036854775808", "-9223372036854775809", "10000000000000000000");
        assertNever(
                "{'format': 'int64', 'minimum': 9000000000000000000}",
                "9223372036854775808",
                "8999999999999999999");
        assertWrites("{'type': 'integer', 'format': 'int64'}", "999999999999999");
        assertNever("{'type': 'integer', 'format': 'int64'}", "1000000000000000");
        assertWrites("{'type': 'string', 'format': 'int64'}", "'x'");
        assertWrites("{'allOf': [{'format': 'int64'}, {'format': 'int32'}]}", "2147483647");
        assertNever("{'allOf': [{'format': 'int32'}, {'format': 'int64'}]}", "2147483648");
    }

    @ParameterizedTest
    @CsvSource({
        "float, number, 1e99",
        "double, number, 0.25",
        "uint8, integer, 300",
        "password, string, ''",
        "phone-number, string, 'x'",
        "colour, boolean, true",
        "date, integer, 5"
    })
    void allOtherFormatsAreRemarks(String format, String type, String text)
            throws ConstraintException {
        String value = text.isEmpty() ? "''" : text.equals("x") ? "'x'" : text;
        assertWrites("{'type': '%s', 'format': '%s'}".formatted(type, format), value);
    }

    @Test
    void anUnknownFormatMeansNoType() throws ConstraintException {
        assertWrites("{'format': 'colour'}", "1", "'a'", "null", "[]");
        assertRefused("{'format': 5}", Kind.INVALID, "#/format", "a string");
    }

    /** The shape that Spring AI's generator writes for a record of an int and a double. */
    @Test
    void aRecordOfAnIntAndADouble() throws ConstraintException {
        String schema =
                "{'$schema': 'https://json-schema.org/draft/2020-12/schema', 'type': 'object',"
                        + " 'properties': {'count': {'type': 'integer', 'format': 'int32',"
                        + " 'minimum': 0, 'maximum': 99}, 'price': {'type': 'number', 'format':"
                        + " 'double', 'minimum': 0, 'maximum': 1}}, 'required': ['count', 'price'],"
                        + " 'additionalProperties': false}";
        assertWrites(schema, "{'count':99,'price':0.25}");
        assertNever(schema, "{'count':100,'price':0.25}", "{'count':9}");
    }

    @Test
    void nullableAddsNullToTheTypeBesideIt() throws ConstraintException {
        assertWrites("{'type': 'string', 'maxLength': 3, 'nullable': true}", "null", "'abc'");
        assertWrites("{'nullable': true, 'type': 'integer'}", "null", "5");
        assertNever("{'type': 'string', 'nullable': false}", "null");
        assertNever("{'nullable': true, 'minLength': 1}", "null");
        assertNever("{'type': 'string', 'nullable': true, 'enum': ['a']}", "null");
        assertWrites("{'type': 'string', 'nullable': true, 'enum': ['a', null]}", "'a'", "null");
        assertNever(
                "{'allOf': [{'type': 'string', 'nullable': true}, {'type': 'string'}]}", "null");
        assertRefused(
                "{'type': 'string', 'nullable': 1}", Kind.INVALID, "#/nullable", "true or false");
        assertRefused(
                "{'oneOf': [{'type': 'string', 'nullable': true}, {'type': 'integer', 'nullable':"
                        + " true}]}",
                Kind.UNSUPPORTED,
                "#/oneOf",
                "both 0 and 1");
    }

    @Test
    void draftFoursFlagsExcludeTheBoundBesideThem() throws ConstraintException {
        String schema = "{'type': 'integer', 'minimum': 0, 'exclusiveMinimum': true, 'maximum': 3}";
        assertWrites(schema, "1", "2", "3");
        assertNever(schema, "0", "4");
        String first = "{'type': 'integer', 'exclusiveMaximum': true, 'maximum': 3, 'minimum': 2}";
        assertWrites(first, "2");
        assertNever(first, "3", "1");
        assertWrites("{'minimum': 2, 'exclusiveMinimum': false, 'type': 'integer'}", "2");
        assertWrites("{'exclusiveMaximum': false, 'type': 'integer'}", "2");
        assertRefused(
                "{'exclusiveMaximum': true}",
                Kind.INVALID,
                "#/exclusiveMaximum",
                "true excludes the maximum, and there is none; write the bound here");
        assertRefused("{'exclusiveMinimum': '1'}", Kind.INVALID, "#/exclusiveMinimum", "a number");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'$schema': 'x'",
                "'$id': 'x'",
                "'$anchor': 'x'",
                "'$comment': 'x'",
                "'title': 1",
                "'description': 'x'",
                "'default': 5",
                "'example': true",
                "'examples': [1]",
                "'deprecated': true",
                "'readOnly': true",
                "'writeOnly': true",
                "'x-order': 3",
                "'contentEncoding': 'base64'",
                "'contentMediaType': 'text/plain'",
                "'contentSchema': {}",
                "'discriminator': {'propertyName': 'k'}",
                "'xml': {}",
                "'externalDocs': {}",
                "'$defs': {}",
                "'definitions': {}"
            })
    void remarksChangeNothingWhereverTheyStand(String remark) throws ConstraintException {
        for (String schema : new String[] {"{%s, 'type': 'boolean'}", "{'type': 'boolean', %s}"}) {
            String inner = schema.formatted(remark);
            assertWrites(inner, "true");
            assertNever(inner, "1", "null", "''");
            assertWrites("{'properties': {'a': " + inner + "}, 'required': ['a']}", "{'a':true}");
        }
    }

    @Test
    void aDiscriminatorLeavesTheDecisionToTheBranches() throws ConstraintException {
        String schema =
                "{'discriminator': {'propertyName': 'k', 'mapping': {'x': '#/$defs/a'}}, 'oneOf':"
                        + " [{'$ref': '#/$defs/a'}, {'$ref': '#/$defs/b'}], '$defs': {'a': {'type':"
                        + " 'object', 'properties': {'k': {'const': 'x'}}, 'required': ['k']}, 'b':"
                        + " {'type': 'object', 'properties': {'k': {'const': 'y'}}, 'required':"
                        + " ['k']}}}";
        assertWrites(schema, "{'k':'x'}", "{'k':'y'}");
        assertNever(schema, "{'k':'z'}", "{}");
    }

    @Test
    void referencesBeginAtTheNearestSchemaWithAnId() throws ConstraintException {
        String schema =
                "{'$defs': {'v': {'const': 1}}, 'properties': {'a': {'$ref': '#/$defs/v'}, 'b':"
                        + " {'$id': 'inner', '$defs': {'v': {'const': 2}}, 'items': {'$ref':"
                        + " '#/$defs/v'}}}}";
        assertWrites(schema, "{'a':1,'b':[2]}");
        assertNever(schema, "{'a':2}", "{'b':[1]}");
    }

    @Test
    void constantsBesideCountsKeepThem() throws ConstraintException {
        assertWrites("{'enum': [[], [1], [1, 2]], 'minItems': 1, 'maxItems': 1}", "[1]");
        assertNever("{'enum': [[], [1], [1, 2]], 'minItems': 1, 'maxItems': 1}", "[]", "[1,2]");
        assertNever("{'enum': [{}, {'a': 1}], 'minProperties': 1}", "{}");
    }
}
