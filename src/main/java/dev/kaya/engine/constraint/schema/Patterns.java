package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.regex.RegexParser;
import java.util.HashMap;
import java.util.Map;

/** The patterns and formats of one schema, each made an automaton once; one thread's. */
final class Patterns {

    private final CompilationBudget budget;
    private final Map<SchemaPart, Expression> expressions = new HashMap<>();
    private final Map<String, Dfa> patterns = new HashMap<>();
    private final Map<String, Dfa> formats = new HashMap<>();

    Patterns(CompilationBudget budget) {
        this.budget = budget;
    }

    /** Texts that match a pattern, as it stands. */
    Expression expression(SchemaPart pattern) throws ConstraintException {
        Expression known = expressions.get(pattern);
        if (known == null) {
            known = RegexParser.parse(pattern.text(), pattern.pointer(), budget);
            expressions.put(pattern, known);
        }
        return known;
    }

    /** Whole texts that match a pattern. */
    Dfa ofPattern(SchemaPart pattern) throws ConstraintException {
        Dfa known = patterns.get(pattern.text());
        if (known == null) {
            known = Dfa.of(expression(pattern), pattern.pointer(), budget);
            patterns.put(pattern.text(), known);
        }
        return known;
    }

    /** Texts of a format that is written. */
    Dfa ofFormat(SchemaPart format) throws ConstraintException {
        String name = format.text();
        Dfa known = formats.get(name);
        if (known == null) {
            String pattern = Formats.pattern(name);
            if (pattern == null) {
                throw new IllegalArgumentException("nothing is written for " + name);
            }
            known = Dfa.of(RegexParser.parse(pattern, "", budget), format.pointer(), budget);
            formats.put(name, known);
        }
        return known;
    }
}
