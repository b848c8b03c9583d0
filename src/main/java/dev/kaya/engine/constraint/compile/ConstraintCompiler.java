package dev.kaya.engine.constraint.compile;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.ConstraintMemory;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Texts;
import dev.kaya.engine.constraint.automaton.UnwritableReason;
import dev.kaya.engine.constraint.compile.CompiledConstraints.ConstraintKey;
import dev.kaya.engine.constraint.regex.RegexParser;
import dev.kaya.engine.constraint.schema.SchemaCompiler;
import dev.kaya.engine.constraint.token.Constraint;
import dev.kaya.engine.constraint.token.ConstraintVocabulary;
import dev.kaya.engine.constraint.token.TokenAutomaton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes automata of patterns and schemas, on threads of its own, and keeps the latest. Thread-safe;
 * the vocabulary is prepared with the first one.
 */
public final class ConstraintCompiler implements AutoCloseable {

    private final Supplier<ConstraintVocabulary> source;
    private final ConstraintMemory memory;
    private final CompilationQueue queue;
    private final ReentrantLock preparing = new ReentrantLock();
    private @Nullable ConstraintVocabulary vocabulary;

    /**
     * @param source of the vocabulary; asked once, when it is needed
     */
    public ConstraintCompiler(Supplier<ConstraintVocabulary> source) {
        this(source, ConstraintMemory.FULL, System::nanoTime);
    }

    /**
     * @param source of the vocabulary; asked once, when it is needed
     * @param memory that compilations, and what is kept of them, may take
     */
    public ConstraintCompiler(Supplier<ConstraintVocabulary> source, ConstraintMemory memory) {
        this(source, memory, System::nanoTime);
    }

    /**
     * @param clock by which clients' deadlines are
     */
    ConstraintCompiler(
            Supplier<ConstraintVocabulary> source, ConstraintMemory memory, LongSupplier clock) {
        this.source = source;
        this.memory = memory;
        queue = new CompilationQueue(clock, memory.compiled());
    }

    /**
     * Who waits for a constraint.
     *
     * @param deadlineNanos {@code System.nanoTime()} until which it waits; {@link Long#MAX_VALUE}
     *     for as long as it takes
     * @param left whether it has left; asked on its own thread, now and then
     */
    public record Client(long deadlineNanos, BooleanSupplier left) {

        /** One that waits as long as it takes. */
        public static final Client PATIENT = new Client(Long.MAX_VALUE, () -> false);
    }

    /**
     * Texts that a regular expression matches as a whole, in the dialect of {@code RegexParser}.
     *
     * @param pattern the expression
     * @param ends how they begin and end
     * @param mostTokens how many tokens they may have, at least 1
     * @param client who waits
     * @throws ConstraintException when there are none, or it is not understood, or the client does
     *     not wait for it
     */
    public Constraint regex(String pattern, Constraint.Ends ends, int mostTokens, Client client)
            throws ConstraintException {
        String place = "character 1";
        CompilationQueue.Recipe recipe =
                interruption -> {
                    var budget = CompilationBudget.of(place, interruption, memory.compilation());
                    Expression expression = RegexParser.parse(pattern, "", budget);
                    var texts = new Texts(expression, Dfa.of(expression, place, budget));
                    return compile(texts, place, budget);
                };
        ConstraintKey key = key("regex", pattern);
        return constraint(queue.get(key, place, recipe, client), place, ends, mostTokens);
    }

    /**
     * JSON that is valid by a schema, as {@code SchemaCompiler} writes it.
     *
     * @param schema as JSON
     * @param ends how it begins and ends
     * @param mostTokens how many tokens it may have, at least 1
     * @param client who waits
     * @throws ConstraintException when there is none, or the schema is not understood, or the
     *     client does not wait for it
     */
    public Constraint jsonSchema(
            JsonNode schema, Constraint.Ends ends, int mostTokens, Client client)
            throws ConstraintException {
        String place = "#";
        CompilationQueue.Recipe recipe =
                interruption ->
                        SchemaCompiler.texts(
                                schema,
                                CompilationBudget.of(place, interruption, memory.compilation()),
                                (texts, attempt) -> compile(texts, place, attempt));
        ConstraintKey key = key("json_schema", schema.toString());
        return constraint(queue.get(key, place, recipe, client), place, ends, mostTokens);
    }

    /** A digest, so that what is kept does not hold what clients sent. */
    private static ConstraintKey key(String kind, String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_16));
            return new ConstraintKey(kind, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static Constraint constraint(
            TokenAutomaton automaton, String place, Constraint.Ends ends, int mostTokens)
            throws ConstraintException {
        var constraint = new Constraint(automaton, ends, mostTokens);
        constraint.check(place);
        return constraint;
    }

    private ConstraintVocabulary vocabulary() {
        preparing.lock();
        try {
            if (vocabulary == null) {
                vocabulary = source.get();
            }
            return vocabulary;
        } finally {
            preparing.unlock();
        }
    }

    private TokenAutomaton compile(Texts texts, String place, CompilationBudget budget)
            throws ConstraintException {
        if (texts.dfa().isEmpty()) {
            boolean[] all = new boolean[Dfa.BYTES];
            Arrays.fill(all, true);
            UnwritableReason obstacle = UnwritableReason.find(texts.expression(), all, budget);
            throw ConstraintException.impossible(
                    obstacle == null ? place : obstacle.place(), "no text matches this");
        }
        ConstraintVocabulary tokens = vocabulary();
        var automaton = new TokenAutomaton(texts.dfa(), tokens, budget);
        if (!automaton.accepts(Dfa.START)
                && automaton.next(Dfa.START, false) == TokenAutomaton.NEVER
                && automaton.next(Dfa.START, true) == TokenAutomaton.NEVER) {
            throw unwritable(texts.expression(), tokens, place, budget);
        }
        return automaton;
    }

    private static ConstraintException unwritable(
            Expression expression,
            ConstraintVocabulary vocabulary,
            String place,
            CompilationBudget budget)
            throws ConstraintException {
        UnwritableReason obstacle =
                UnwritableReason.find(expression, vocabulary.writable(), budget);
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

    /** How many are kept. */
    public int size() {
        return queue.automata();
    }

    /** Ends what is being compiled; whoever waits for it hears of that. */
    @Override
    public void close() {
        queue.stop();
    }
}
