package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.schema.SchemaCompiler;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Schemas that would take memory, time or stack without a bound are answered or refused where they
 * stand. All of it happens on a thread with a stack of half the usual size.
 */
class HostileSchemasTest {

    private static final int STACK_BYTES = 512 << 10;

    private static final JsonMapper EXACT =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

    private static JsonNode json(String text) {
        return EXACT.readTree(text.replace('\'', '"'));
    }

    private static String list(int count, IntFunction<String> item) {
        return IntStream.range(0, count).mapToObj(item).collect(Collectors.joining(","));
    }

    private static <T> T onSmallStack(Callable<T> work) throws ExecutionException {
        var task = new FutureTask<>(work);
        var thread = new Thread(null, task, "small-stack", STACK_BYTES);
        thread.start();
        try {
            return task.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The automaton; null when the schema is too large. */
    private static @Nullable Dfa made(String schema) throws ExecutionException {
        JsonNode node = json(schema);
        return onSmallStack(
                () -> {
                    try {
                        return Automata.of(node);
                    } catch (ConstraintException e) {
                        assertThat(e.kind()).as(e.getMessage()).isEqualTo(Kind.TOO_LARGE);
                        return null;
                    }
                });
    }

    private static Dfa written(String schema) throws ExecutionException {
        Dfa dfa = made(schema);
        if (dfa == null) {
            throw new AssertionError("too large: " + schema);
        }
        return dfa;
    }

    private static ConstraintException refusal(String schema) throws ExecutionException {
        JsonNode node = json(schema);
        return onSmallStack(
                () -> {
                    try {
                        Automata.of(node);
                    } catch (ConstraintException e) {
                        return e;
                    }
                    throw new AssertionError("not refused");
                });
    }

    /** A tenth of the steps that a compilation may take is too few, and they are counted. */
    private static void assertFewSteps(String schema) throws ExecutionException {
        JsonNode node = json(schema);
        var budget =
                CompilationBudget.of("#", Limits.COMPILATION_STEPS / 10, Limits.COMPILATION_BYTES);
        Kind kind =
                onSmallStack(
                        () -> {
                            try {
                                SchemaCompiler.texts(node, budget, (texts, attempt) -> texts);
                                throw new AssertionError("not refused");
                            } catch (ConstraintException e) {
                                return e.kind();
                            }
                        });
        assertThat(kind).isEqualTo(Kind.TOO_LARGE);
    }

    private static void assertRefused(String schema, Kind kind, String place, String reason)
            throws ExecutionException {
        ConstraintException refusal = refusal(schema);
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        assertThat(refusal.place()).isEqualTo(place);
        assertThat(refusal).hasMessageContaining(reason);
    }

    /** A chain of references that ends in null. */
    private static String chain(int length) {
        return "{'$ref':'#/$defs/d0','$defs':{%s,'d%d':{'type':'null'}}}"
                .formatted(
                        list(length, i -> "'d%d':{'$ref':'#/$defs/d%d'}".formatted(i, i + 1)),
                        length);
    }

    @Test
    void chainsOfReferencesHaveABound() throws ExecutionException {
        // The root is one deep, and each reference leads one deeper.
        int most = Limits.REFERENCE_DEPTH - 2;
        assertThat(made(chain(most))).isNotNull().matches(dfa -> dfa.accepts("null"));
        for (int length : new int[] {most + 1, 2_000, 6_000}) {
            assertRefused(
                    chain(length),
                    Kind.TOO_LARGE,
                    "#/$defs/d" + (most + 1),
                    "references and alternatives lead at most 200 deep from one value");
        }
    }

    @Test
    void circlesOfReferencesAloneAreRefusedWhereTheyClose() throws ExecutionException {
        assertRefused(
                "{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'allOf':[{'$ref':"
                        + "'#/$defs/a'}]}}}",
                Kind.UNSUPPORTED,
                "#/$defs/b/allOf/0/$ref",
                "leads back to itself with no value between");
    }

    @Test
    void valuesWithinEachOtherHaveABound() throws ExecutionException {
        IntFunction<String> within =
                length ->
                        "{'$ref':'#/$defs/d0','$defs':{%s,'d%d':{'type':'null'}}}"
                                .formatted(
                                        list(
                                                length,
                                                i ->
                                                        "'d%d':{'items':{'$ref':'#/$defs/d%d'}}"
                                                                .formatted(i, i + 1)),
                                        length);
        int most = Limits.VALUE_DEPTH - 1;
        Dfa deepest = written(within.apply(most));
        assertThat(deepest.accepts("[".repeat(most) + "null" + "]".repeat(most))).isTrue();
        assertRefused(
                within.apply(most + 1),
                Kind.TOO_LARGE,
                "#/$defs/d%d/items".formatted(most),
                "values stand at most 128 deep within each other");
        assertThat(made(within.apply(4_000))).isNull();
    }

    /** Every keyword of a schema may stand in every alternative of every other. */
    @Test
    void productsOfAlternativesAreBounded() throws ExecutionException {
        String two = "{'anyOf':[{'minLength':1},{'maxLength':9}]}";
        assertRefused(
                "{'allOf':[" + list(60, i -> two) + "]}",
                Kind.TOO_LARGE,
                "#/allOf/9/anyOf/1",
                "too many alternatives here");
        String thousand = "{'anyOf':[" + list(1_000, i -> "{'minLength':" + i + "}") + "]}";
        String one = "{'anyOf':[{'required':[" + list(50, i -> "'p" + i + "'") + "]}]}";
        assertFewSteps("{'allOf':[" + thousand + "," + list(300, i -> one) + "]}");
        assertThat(made("{'oneOf':[" + list(300, i -> "{'const':" + i + "}") + "]}"))
                .isNotNull()
                .matches(dfa -> dfa.accepts("299") && !dfa.accepts("300"));
        assertThat(made("{'oneOf':[" + list(200, i -> tagged(i)) + "]}")).isNotNull();
        assertThat(made("{'anyOf':[" + list(1_001, i -> "{'const':" + i + "}") + "]}")).isNull();
    }

    private static String tagged(int kind) {
        return "{'type':'object','properties':{'k':{'const':%d}},'required':['k']}".formatted(kind);
    }

    @Test
    void largeEnumerationsAreIntersectedBySets() throws ExecutionException {
        String low = list(9_000, i -> Integer.toString(i));
        String high = list(9_000, i -> Integer.toString(i + 8_998));
        Dfa both = written("{'allOf':[{'enum':[" + low + "]},{'enum':[" + high + "]}]}");
        assertThat(both.accepts("8998")).isTrue();
        assertThat(both.accepts("8999")).isTrue();
        assertThat(both.accepts("8997")).isFalse();
        assertThat(both.accepts("9000")).isFalse();
        String lists = list(3_000, i -> "[" + i + ",{'a':" + i + "}]");
        assertThat(made("{'allOf':[{'enum':[" + lists + "]},{'const':[7.0,{'a':70e-1}]}]}"))
                .isNotNull()
                .matches(dfa -> dfa.accepts("[7,{\"a\":7}]"));
    }

    /** The pattern's automaton has 4,096 states: one is enough for all that stands beside it. */
    @Test
    void aPatternIsMadeOnceForAllConstantsBesideIt() throws ExecutionException {
        String constants = list(15_000, i -> "'" + Integer.toBinaryString(i + (1 << 14)) + "'");
        Dfa dfa = written("{'pattern':'[01]*1[01]{11}','enum':[" + constants + "]}");
        assertThat(dfa.accepts("\"" + Integer.toBinaryString((1 << 14) | (1 << 11)) + "\""))
                .isTrue();
        assertThat(dfa.accepts("\"" + Integer.toBinaryString(1 << 14) + "\"")).isFalse();
    }

    @Test
    void manyPropertiesWithAPatternEachAreRefused() throws ExecutionException {
        assertRefused(
                properties(4_000, i -> "{'pattern':'[ab]*a[ab]{12}','minLength':1}"),
                Kind.TOO_LARGE,
                "#/properties/p48",
                "it needs more than 400000 states");
        assertFewSteps(
                properties(
                        4_000, i -> "{'pattern':'[ab]*a[ab]{12}%d','minLength':1}".formatted(i)));
        assertFewSteps(properties(4_000, i -> "{'pattern':'[ab]*a[ab]{12}%d'}".formatted(i)));
    }

    private static String properties(int count, IntFunction<String> schema) {
        return "{'type':'object','properties':{"
                + list(count, i -> "'p%d':%s".formatted(i, schema.apply(i)))
                + "}}";
    }

    @Test
    void whatMultipliesAStepIsCounted() throws ExecutionException {
        assertFewSteps(
                "{'allOf':[" + list(3_000, i -> "{'multipleOf':%d}".formatted(i + 1)) + "]}");
        String tiny = list(4_000, i -> "{'multipleOf':1e-%d}".formatted(i % 399 + 1));
        assertFewSteps("{'enum':[%s],'allOf':[%s]}".formatted(list(9_000, i -> i + "e300"), tiny));
        String bound = "9".repeat(390);
        String bounds = list(300, i -> "{'minimum':-%s%d}".formatted(bound, i));
        assertFewSteps("{'prefixItems':[%s],'minItems':300}".formatted(bounds));
        String heavy = "{'allOf':[" + list(1_000, i -> "{'minLength':1}") + "]}";
        assertFewSteps(
                properties(4_000, i -> "{'$ref':'#/properties/p0'}")
                        .replace("'p0':{'$ref':'#/properties/p0'}", "'p0':" + heavy));
    }

    @Test
    void countsOfPropertiesAndItemsAreBounded() throws ExecutionException {
        assertThat(made("{'type':'array','prefixItems':[" + list(5_000, i -> "{'const':1}") + "]}"))
                .isNotNull()
                .matches(dfa -> dfa.accepts("[1,1]"));
        for (int count : new int[] {100, 3_000, 2_000_000_000}) {
            assertThat(made("{'minProperties':" + count + "}")).isNull();
        }
        String half = properties(200, i -> "{'const':1}").replace("}}}", "}},'minProperties':100}");
        assertThat(made(half)).isNotNull();
    }

    @Test
    void pointersThatAreLongOrDeepCostNothing() throws ExecutionException {
        String name = "n".repeat(1_000);
        String deep =
                ("{'properties':{'" + name + "':").repeat(20)
                        + "{'enum':["
                        + list(2_000, Integer::toString)
                        + "]}"
                        + "}}".repeat(20);
        assertThat(written(deep).states()).isPositive();
        ConstraintException refusal =
                refusal(
                        ("{'properties':{'" + name + "':").repeat(20)
                                + "{'not':{}}"
                                + "}}".repeat(20));
        assertThat(refusal.place()).startsWith("#/properties/nnn").endsWith("/not");
        assertThat(refusal.getMessage()).hasSizeLessThan(1_500);
        assertRefused(
                "{'$ref':'#/" + "%41".repeat(50_000) + "'}",
                Kind.INVALID,
                "#/$ref",
                "this leads nowhere: # has no 'AAA");
        assertRefused(
                "{'$ref':'#" + "/$defs".repeat(50_000) + "','$defs':{}}",
                Kind.INVALID,
                "#/$ref",
                "this leads nowhere: #/$defs has no '$defs'");
    }

    /** No UTF-8 has half of a surrogate pair, so no answer could. */
    @Test
    void halvesOfSurrogatePairsAreRefusedWhereTheyStand() throws ExecutionException {
        String half = "half of a surrogate pair, \\ud83d, which is not a character";
        assertRefused("{'enum':['a','\\ud83d']}", Kind.INVALID, "#/enum/1", half);
        assertRefused("{'const':'x\\ud83dy'}", Kind.INVALID, "#/const", half);
        assertRefused("{'const':[{'a':'\\ud83d'}]}", Kind.INVALID, "#/const/0/a", half);
        assertRefused("{'const':{'\\ud83d':1}}", Kind.INVALID, "#/const/\\ud83d", half);
        assertRefused("{'properties':{'\\ud83d':{}}}", Kind.INVALID, "#/properties/\\ud83d", half);
        assertRefused("{'required':['\\ud83d']}", Kind.INVALID, "#/required/0", half);
        assertRefused(
                "{'pattern':'a\\ud83d'}",
                Kind.INVALID,
                "#/pattern, character 2",
                "half a character");
        assertRefused(
                "{'pattern':'a\\\\ud83d'}",
                Kind.INVALID,
                "#/pattern, character 2",
                "half a character");
        assertRefused("{'type':'\\ud83d'}", Kind.INVALID, "#/type", "there is no type '\\ud83d'");
        assertRefused(
                "{'\\udc00':1}", Kind.INVALID, "#/\\udc00", "\\udc00, which is not a character");
        assertThat(made("{'const':'\\ud83d\\ude00','title':'\\ud83d'}"))
                .isNotNull()
                .matches(dfa -> dfa.accepts("\"😀\""));
    }
}
