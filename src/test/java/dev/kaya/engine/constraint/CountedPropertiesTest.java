package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.schema.SchemaCompilerTest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects of as many properties as {@code minProperties} and {@code maxProperties} say. */
class CountedPropertiesTest {

    private static final int LISTED = 4;

    private static Dfa dfa(String schema) throws ConstraintException {
        return Automata.of(SchemaCompilerTest.json(schema));
    }

    private static String schema(int required, int least, int most, String others) {
        return "{'type': 'object', 'properties': {%s}, 'required': [%s], 'minProperties': %d,"
                        .formatted(
                                IntStream.range(0, LISTED)
                                        .mapToObj(i -> "'p%d': {'const': %d}".formatted(i, i))
                                        .collect(Collectors.joining(",")),
                                bits(required)
                                        .mapToObj(i -> "'p" + i + "'")
                                        .collect(Collectors.joining(",")),
                                least)
                + " 'maxProperties': %d, 'additionalProperties': %s}".formatted(most, others);
    }

    private static IntStream bits(int set) {
        return IntStream.range(0, LISTED).filter(i -> (set >> i & 1) == 1);
    }

    private static String object(int members, List<String> others) {
        List<String> all = new ArrayList<>();
        bits(members).forEach(i -> all.add("\"p%d\":%d".formatted(i, i)));
        others.forEach(name -> all.add("\"" + name + "\":null"));
        return "{" + String.join(",", all) + "}";
    }

    /** Every subset of four properties, by all required ones and all counts. */
    @Test
    void everyChoiceOfListedPropertiesWithinTheCountsIsWritten() throws ConstraintException {
        for (int required = 0; required < 1 << LISTED; required++) {
            for (int least = 0; least <= LISTED; least++) {
                for (int most = least; most <= LISTED + 1; most++) {
                    String schema = schema(required, least, most, "false");
                    if (most < Integer.bitCount(required)) {
                        assertImpossible(schema);
                        continue;
                    }
                    Dfa dfa = dfa(schema);
                    for (int members = 0; members < 1 << LISTED; members++) {
                        int count = Integer.bitCount(members);
                        boolean valid =
                                (members & required) == required && count >= least && count <= most;
                        assertThat(dfa.accepts(object(members, List.of())))
                                .as("%s: %s", schema, object(members, List.of()))
                                .isEqualTo(valid);
                    }
                }
            }
        }
    }

    private static void assertImpossible(String schema) {
        var refusal = catchThrowableOfType(ConstraintException.class, () -> dfa(schema));
        assertThat(refusal).as(schema).isNotNull();
        assertThat(refusal.kind()).isEqualTo(Kind.IMPOSSIBLE);
        assertThat(refusal.place()).isEqualTo("#");
        assertThat(refusal).hasMessageContaining("no object has as many properties as it must");
    }

    /** Whatever is written is valid, and something is: others are written where they must be. */
    @Test
    void othersComeWithinTheCountsToo() throws ConstraintException {
        List<List<String>> names =
                List.of(
                        List.of(),
                        List.of("x"),
                        List.of("x", "x"),
                        List.of("x", "yy"),
                        List.of("yy", "x"),
                        List.of("x", "yy", ""),
                        List.of("x", "yy", "zzz"),
                        List.of("x", "y", "z"));
        for (String others : List.of("{'type': 'null'}", "true", "{}")) {
            for (int required : new int[] {0, 0b0101}) {
                for (int least = 0; least <= LISTED + 3; least++) {
                    for (int most = Math.max(least, 2); most <= LISTED + 4; most++) {
                        Dfa dfa = dfa(schema(required, least, most, others));
                        boolean any = false;
                        for (int members = 0; members < 1 << LISTED; members++) {
                            for (List<String> more : names) {
                                String text = object(members, more);
                                boolean written = dfa.accepts(text);
                                any |= written;
                                int count =
                                        Integer.bitCount(members)
                                                + (int) more.stream().distinct().count();
                                boolean valid =
                                        (members & required) == required
                                                && count >= least
                                                && count <= most;
                                assertThat(written && !valid)
                                        .as("%s %d %d", text, least, most)
                                        .isFalse();
                            }
                        }
                        assertThat(any).as("%d %d %s", least, most, others).isTrue();
                    }
                }
            }
        }
    }

    @Test
    void freeNamesAreToldApartWhereSeveralMustBe() throws ConstraintException {
        Dfa two = dfa("{'additionalProperties': {'const': 0}, 'minProperties': 2}");
        assertThat(two.accepts("{\"a\":0,\"bc\":0}")).isTrue();
        assertThat(two.accepts("{\"a\":0,\"bc\":0,\"d\":0}")).isTrue();
        assertThat(two.accepts("{\"a\":0,\"a\":0}")).isFalse();
        assertThat(two.accepts("{\"a\":0}")).isFalse();
        Dfa beside = dfa("{'properties': {'a': {'const': 1}}, 'minProperties': 2}");
        assertThat(beside.accepts("{\"a\":1,\"b\":true}")).isTrue();
        assertThat(beside.accepts("{\"a\":1,\"a\":true}")).isFalse();
        assertThat(beside.accepts("{\"a\":1,\"b\":true,\"c\":true}")).isFalse();
        Dfa most = dfa("{'additionalProperties': {'const': 0}, 'maxProperties': 2}");
        assertThat(most.accepts("{}")).isTrue();
        assertThat(most.accepts("{\"a\":0,\"b\":0}")).isTrue();
        assertThat(most.accepts("{\"a\":0,\"b\":0,\"c\":0}")).isFalse();
    }

    /** Where counting would take too much room, the first ones are chosen. */
    @Test
    void manyPropertiesAreChosenInTheirOrder() throws ConstraintException {
        String properties =
                IntStream.range(0, 70)
                        .mapToObj(i -> "'p%d': {'type': 'null'}".formatted(i))
                        .collect(Collectors.joining(","));
        String schema = "{'properties': {" + properties + "}, '%sProperties': %d}";
        Dfa counted = dfa(schema.formatted("min", 64));
        assertThat(counted.accepts(members(6, 70))).isTrue();
        assertThat(counted.accepts(members(7, 70))).isFalse();
        Dfa chosen = dfa(schema.formatted("min", 65));
        assertThat(chosen.accepts(members(0, 65))).isTrue();
        assertThat(chosen.accepts(members(5, 70))).isFalse();
        Dfa few = dfa(schema.formatted("max", 66));
        assertThat(few.accepts(members(0, 66))).isTrue();
        assertThat(few.accepts(members(4, 70))).isFalse();
        assertThat(few.accepts(members(0, 67))).isFalse();
    }

    private static String members(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> "\"p%d\":null".formatted(i))
                .collect(Collectors.joining(",", "{", "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'properties': {'a': {}}, 'minProperties': 2, 'additionalProperties': false}",
                "{'minProperties': 3, 'maxProperties': 2}",
                "{'required': ['a', 'b'], 'maxProperties': 1}"
            })
    void countsThatNothingMeetsAreRefused(String schema) {
        assertImpossible(schema);
    }

    /** What may be written beside the listed names could meet the other branch. */
    @Test
    void branchesOfOneOfAreHeldApartWithOthersInMind() {
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class,
                        () ->
                                dfa(
                                        "{'oneOf': [{'type': 'object', 'properties': {'a': {'const':"
                                                + " 1}}, 'minProperties': 2}, {'type': 'object',"
                                                + " 'properties': {'b': {}}, 'required': ['b']}]}"));
        assertThat(refusal).hasMessageContaining("both 0 and 1");
    }
}
