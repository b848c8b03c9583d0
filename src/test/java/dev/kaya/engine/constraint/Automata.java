package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.regex.RegexParser;
import dev.kaya.engine.constraint.schema.SchemaCompiler;
import tools.jackson.databind.JsonNode;

/** Automata over bytes of what the tests are about. */
public final class Automata {

    private Automata() {}

    /** The automaton of a schema. */
    public static Dfa of(JsonNode schema) throws ConstraintException {
        return SchemaCompiler.texts(
                schema, CompilationBudget.of("#"), (texts, budget) -> texts.dfa());
    }

    /** The automaton of a pattern. */
    public static Dfa of(String pattern) throws ConstraintException {
        var budget = CompilationBudget.of("character 1");
        return Dfa.of(RegexParser.parse(pattern, "", budget), "character 1", budget);
    }
}
