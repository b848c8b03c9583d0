package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.ConstraintException.Kind;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes automata of patterns and schemas, one at a time, and keeps the latest. Thread-safe; the
 * vocabulary is prepared with the first one.
 */
public final class ConstraintCompiler {

    private final Supplier<ConstraintVocabulary> source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Object, TokenAutomaton> compiled = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable ConstraintVocabulary vocabulary;
    private long transitions;

    /**
     * @param source of the vocabulary; asked once, when it is needed
     */
    public ConstraintCompiler(Supplier<ConstraintVocabulary> source) {
        this.source = source;
    }

    /** Makes an automaton of a pattern or a schema. */
    private interface Reader {
        TokenAutomaton read(CompilationBudget budget) throws ConstraintException;
    }

    /**
     * A set of texts.
     *
     * @param expression that tells the place of what cannot be written
     * @param dfa that accepts them
     */
    record Texts(Expression expression, Dfa dfa) {}

    /** What was asked for; {@code kind} keeps a pattern and a schema of the same letters apart. */
    private record Key(String kind, String source) {}

    /**
     * Texts that a regular expression matches as a whole, in the dialect of {@code RegexParser}.
     *
     * @param pattern the expression
     * @param ends how they begin and end
     * @param mostTokens how many tokens they may have, at least 1
     * @throws ConstraintException when there are none, or it is not understood
     */
    public Constraint regex(String pattern, Constraint.Ends ends, int mostTokens)
            throws ConstraintException {
        String place = "character 1";
        Reader reader =
                budget -> {
                    Expression expression = RegexParser.parse(pattern, "", budget);
                    var texts = new Texts(expression, Dfa.of(expression, place, budget));
                    return compile(texts, place);
                };
        return constraint(new Key("regex", pattern), place, reader, ends, mostTokens);
    }

    /**
     * JSON that is valid by a schema, as {@code SchemaCompiler} writes it.
     *
     * @param schema as JSON
     * @param ends how it begins and ends
     * @param mostTokens how many tokens it may have, at least 1
     * @throws ConstraintException when there is none, or the schema is not understood
     */
    public Constraint jsonSchema(JsonNode schema, Constraint.Ends ends, int mostTokens)
            throws ConstraintException {
        Key key = new Key("json_schema", schema.toString());
        Reader reader =
                budget ->
                        SchemaCompiler.texts(
                                schema, budget, (texts, attempt) -> compile(texts, "#"));
        return constraint(key, "#", reader, ends, mostTokens);
    }

    private Constraint constraint(
            Key key, String place, Reader reader, Constraint.Ends ends, int mostTokens)
            throws ConstraintException {
        TokenAutomaton automaton;
        lock.lock();
        try {
            automaton = compiled.get(key);
            if (automaton == null) {
                automaton = reader.read(CompilationBudget.of(place));
                keep(key, automaton);
            }
        } finally {
            lock.unlock();
        }
        var constraint = new Constraint(automaton, ends, mostTokens);
        constraint.check(place);
        return constraint;
    }

    private TokenAutomaton compile(Texts texts, String place) throws ConstraintException {
        if (texts.dfa().isEmpty()) {
            boolean[] all = new boolean[Dfa.BYTES];
            Arrays.fill(all, true);
            Obstacle obstacle = Obstacle.find(texts.expression(), all);
            throw ConstraintException.impossible(
                    obstacle == null ? place : obstacle.place(), "no text matches this");
        }
        if (vocabulary == null) {
            vocabulary = source.get();
        }
        var automaton = new TokenAutomaton(texts.dfa(), vocabulary, place);
        if (!automaton.accepts(Dfa.START)
                && automaton.next(Dfa.START, false) == TokenAutomaton.NEVER
                && automaton.next(Dfa.START, true) == TokenAutomaton.NEVER) {
            throw unwritable(texts.expression(), vocabulary, place);
        }
        return automaton;
    }

    private static ConstraintException unwritable(
            Expression expression, ConstraintVocabulary vocabulary, String place) {
        Obstacle obstacle = Obstacle.find(expression, vocabulary.writable());
        if (obstacle == null) {
            return new ConstraintException(
                    Kind.UNWRITABLE, place, "no tokens of the vocabulary make a whole answer");
        }
        return new ConstraintException(
                Kind.UNWRITABLE,
                obstacle.place(),
                obstacle.missing().isEmpty()
                        ? "no tokens of the vocabulary write this"
                        : "no token of the vocabulary writes '" + obstacle.missing() + "'");
    }

    /** The oldest go when there are too many, or all are too large together. */
    private void keep(Key key, TokenAutomaton automaton) {
        compiled.put(key, automaton);
        transitions += automaton.dfa().table().length;
        Iterator<TokenAutomaton> oldest = compiled.values().iterator();
        while (compiled.size() > 1
                && (compiled.size() > Limits.COMPILED
                        || transitions > Limits.COMPILED_TRANSITIONS)) {
            transitions -= oldest.next().dfa().table().length;
            oldest.remove();
        }
    }

    /** How many are kept. */
    int size() {
        return compiled.size();
    }
}
