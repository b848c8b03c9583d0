package dev.kaya.engine.constraint.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.constraint.Automata;
import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.Vocabularies;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.schema.SchemaCompiler;
import dev.kaya.engine.constraint.token.Constraint.Ends;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What fits a small vocabulary fits one of 150,000 tokens too. */
class LargeVocabularyTest {

    private static final Vocabularies.Kind LARGE = Vocabularies.large();
    private static final ConstraintVocabulary VOCABULARY = LARGE.vocabulary();
    private static final String PLACE = "#";

    /** Walks with tokens brought together lead where walks along all of them lead. */
    static Stream<Arguments> walks() {
        List<String> patterns =
                List.of(
                        "[a-z ]{1,40}",
                        "\"([^\"\\\\]|\\\\[nt\"]){0,30}\"(, )?x*",
                        "(yes|no|maybe|[A-Z][a-z]*, )*\\.",
                        " {150}",
                        "(.|\\n){80}",
                        "[\\u0080-\\u{10FFFF}]{5,9}",
                        "[ab]*a[ab]{7}");
        return patterns.stream()
                .flatMap(
                        pattern ->
                                Stream.of(LARGE, Vocabularies.gpt2())
                                        .map(kind -> Arguments.of(pattern, kind)));
    }

    @ParameterizedTest
    @MethodSource("walks")
    void tokensBroughtTogetherLeadToTheSameStates(String pattern, Vocabularies.Kind kind)
            throws ConstraintException {
        ConstraintVocabulary vocabulary =
                kind.name().equals("large") ? VOCABULARY : kind.vocabulary();
        Dfa dfa = Automata.of(pattern);
        var plain = new TokenWalk(dfa, vocabulary, CompilationBudget.of(PLACE), Integer.MAX_VALUE);
        var together = new TokenWalk(dfa, vocabulary, CompilationBudget.of(PLACE), 0);
        for (int state = 0; state < dfa.states(); state++) {
            plain.addTargets(state);
            together.addTargets(state);
            assertThat(targets(together, state))
                    .as("state %d of %d", state, dfa.states())
                    .isEqualTo(targets(plain, state));
        }
    }

    private static BitSet targets(TokenWalk walk, int state) {
        var targets = new BitSet();
        for (int i = walk.begin(state); i < walk.begin(state + 1); i++) {
            assertThat(targets.get(walk.target(i))).isFalse(); // each of them once
            targets.set(walk.target(i));
        }
        return targets;
    }

    private static long steps(Dfa dfa, int plainWalks) throws ConstraintException {
        long most = 1L << 40;
        var budget = CompilationBudget.of(PLACE, most, Limits.COMPILATION_BYTES);
        var walk = new TokenWalk(dfa, VOCABULARY, budget, plainWalks);
        for (int state = 0; state < dfa.states(); state++) {
            walk.addTargets(state);
        }
        return most - budget.stepsLeft();
    }

    /** A long string costs a fraction of walking all tokens for each of its characters. */
    @Test
    void longStringsTakeFewSteps() throws ConstraintException {
        Dfa dfa = Automata.of("\"([^\"\\\\\\x00-\\x1f]){0,400}\", \"(kind|name|price|colour)\"");
        assertThat(steps(dfa, 20)).isLessThan(steps(dfa, Integer.MAX_VALUE) / 8);
    }

    private static Constraint schema(ConstraintVocabulary vocabulary, String schema)
            throws ConstraintException {
        try (var compiler = new ConstraintCompiler(() -> vocabulary)) {
            return compiler.jsonSchema(
                    JsonMapper.shared().readTree(schema.replace('\'', '"')),
                    new Ends(false, true),
                    4_096,
                    Client.PATIENT);
        }
    }

    private static ConstraintVocabulary bytes() {
        byte[][] tokens = new byte[257][];
        for (int value = 0; value < 256; value++) {
            tokens[value] = new byte[] {(byte) value};
        }
        tokens[256] = new byte[0];
        return new Vocabularies.Kind("bytes", Vocabularies.ofBytes(tokens), 256).vocabulary();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'string', 'minLength': 1000, 'maxLength': 2000}",
                "{'type': 'array', 'items': {'type': 'string', 'maxLength': 1000}, 'maxItems': 64}",
                "{'type': 'array', 'items': {'type': 'string', 'minLength': 30}, 'minItems': 20}",
                "{'type': 'string', 'pattern': '^[a-zA-Z0-9 ,.]{900}$'}",
                "{'type': 'object', 'additionalProperties': {'type': 'string', 'maxLength': 500}}",
                "{'$ref': '#/$defs/t', '$defs': {'t': {'type': 'object', 'properties': {"
                        + "'name': {'type': 'string', 'maxLength': 200},"
                        + "'children': {'type': 'array', 'items': {'$ref': '#/$defs/t'}}}}}}"
            })
    void whatFitsASmallVocabularyFitsALargeOne(String schema) throws ConstraintException {
        assertThat(schema(bytes(), schema)).isNotNull();
        Constraint constraint = schema(VOCABULARY, schema);
        String text = Answer.draw(constraint, LARGE.tokenizer(), false, new Random(1)).text();
        JsonMapper.shared().readTree(text); // is whole
    }

    /** When tokens make it too large, less of it is written, as when characters do. */
    @Test
    void aSchemaIsNarrowedUntilItsTokensFitToo() throws ConstraintException {
        String schema = "{'type': 'array', 'items': {'type': 'string'}, 'maxItems': 64}";
        Dfa wide = compile(schema, Limits.COMPILATION_STEPS);
        Dfa narrow = compile(schema, 5L * 4_000_000);
        assertThat(narrow.states()).isLessThan(wide.states());
    }

    private static Dfa compile(String schema, long steps) throws ConstraintException {
        return SchemaCompiler.texts(
                JsonMapper.shared().readTree(schema.replace('\'', '"')),
                CompilationBudget.of(PLACE, steps, Limits.COMPILATION_BYTES),
                (texts, budget) -> {
                    var automaton = new TokenAutomaton(texts.dfa(), VOCABULARY, budget);
                    assertThat(automaton.next(Dfa.START, false)).isPositive();
                    return texts.dfa();
                });
    }
}
