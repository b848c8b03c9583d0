package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Choice;
import dev.kaya.engine.constraint.automaton.Expression.Machine;
import dev.kaya.engine.constraint.automaton.Texts;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes texts of a JSON Schema (draft 2020-12, and what {@link SchemaReader} takes of OpenAPI and
 * draft 4): every one of them is valid, though not every valid one is among them.
 *
 * <ul>
 *   <li>JSON is on one line, as {@link JsonText} writes it.
 *   <li>Members come in the order of the schema; those not required may be left out. Where
 *       properties are listed, no others are written, unless {@code additionalProperties} is a
 *       schema that says something. Where none are listed, names are free, and may come twice.
 *   <li>Without {@code type}, a value is of the types to which the keywords beside belong, and any
 *       value where there are none; arrays and objects of which nothing is said are two deep.
 *   <li>{@code pattern} stands for the whole string. {@code format} is met, not only noted.
 *   <li>Branches of {@code oneOf} must exclude each other for sure ({@link Disjointness}).
 *   <li>What refers to itself is unrolled, lists with {@code maxItems} and strings with {@code
 *       maxLength} are cut short, as far as the automaton's size demands ({@link SchemaBudget}).
 * </ul>
 */
public final class SchemaCompiler {

    private static final int MOST_VALUES = 20_000;

    private static final int VALUE_BYTES = 1_000; // of its expressions and place
    private static final int FREE_BYTES = 16_000; // of those of a value of which nothing is said
    static final int CHARACTER_BYTES = 150; // of a constant or a name, as an expression

    private final SchemaReader reader;
    private final StringTexts strings;
    private final Map<NumberBounds, Dfa> numbers = new HashMap<>();
    private final SchemaBudget size;
    private final CompilationBudget budget;

    /** How often what a reference led to stands on the way to the value that is written. */
    private final Map<SchemaPart, Integer> followed = new HashMap<>();

    private String at = "#"; // of the value that is being made
    private int values;
    private int depth;
    private long states;
    private @Nullable ConstraintException obstacle;

    /**
     * How much of a schema is written.
     *
     * @param unrolling how often the same reference is followed on the way to a value
     * @param items most items where {@code maxItems} would allow more
     * @param characters most of a string where {@code maxLength} would allow more
     */
    private record SchemaBudget(int unrolling, int items, int characters) {}

    private static final List<SchemaBudget> BUDGETS =
            List.of(
                    new SchemaBudget(5, 64, 1_024),
                    new SchemaBudget(4, 32, 256),
                    new SchemaBudget(3, 16, 128),
                    new SchemaBudget(2, 8, 64),
                    new SchemaBudget(1, 4, 32));

    /** What becomes of a schema's texts, which may turn out to be too large as well. */
    public interface Use<T> {
        T of(Texts texts, CompilationBudget budget) throws ConstraintException;
    }

    private SchemaCompiler(SchemaBudget size, CompilationBudget budget) {
        var patterns = new Patterns(budget);
        reader = new SchemaReader(patterns, budget);
        strings = new StringTexts(patterns, budget);
        this.size = size;
        this.budget = budget;
    }

    /**
     * Makes something of the texts of a schema: of as many as there is room for.
     *
     * @throws ConstraintException when there are none, or it is not understood
     */
    public static <T> T texts(JsonNode schema, CompilationBudget budget, Use<T> use)
            throws ConstraintException {
        SchemaPart root = SchemaPart.root(schema);
        SchemaSize.check(root);
        ConstraintException tooLarge = null;
        for (int i = 0; i < BUDGETS.size(); i++) {
            CompilationBudget attempt = budget.attempt(BUDGETS.size() - i);
            var compiler = new SchemaCompiler(BUDGETS.get(i), attempt);
            try {
                Expression expression = compiler.whole(root);
                Dfa dfa = Dfa.of(expression, root.pointer(), attempt);
                return use.of(new Texts(expression, dfa), attempt);
            } catch (ConstraintException e) {
                if (e.kind() != Kind.TOO_LARGE) {
                    throw e;
                }
                tooLarge = e.place().equals(root.pointer()) ? e.at(compiler.at) : e;
                budget.takeBack(attempt);
            }
        }
        throw tooLarge == null ? root.invalid("there is no room for it") : tooLarge;
    }

    /** What the attempt may cost. */
    CompilationBudget budget() {
        return budget;
    }

    private Expression whole(SchemaPart root) throws ConstraintException {
        Expression expression = value(List.of(root), root.pointer());
        if (expression != null) {
            return expression;
        }
        throw obstacle == null
                ? ConstraintException.impossible(
                        root.pointer(), "every answer would need another one within it")
                : obstacle;
    }

    /**
     * What is written for a value.
     *
     * @param schemas all of which it meets
     * @return null when nothing can be
     */
    @Nullable Expression value(List<SchemaPart> schemas, String pointer)
            throws ConstraintException {
        String place = schemas.isEmpty() ? pointer : schemas.getFirst().pointer();
        if (++values > MOST_VALUES) {
            throw ConstraintException.tooLarge(place, "the schema describes too many values");
        }
        if (depth == Limits.VALUE_DEPTH) {
            throw ConstraintException.tooLarge(
                    place,
                    "values stand at most %d deep within each other".formatted(Limits.VALUE_DEPTH));
        }
        String around = at;
        at = place;
        depth++;
        budget.hold(VALUE_BYTES);
        long held = budget.bytesHeld();
        List<SchemaAlternative> shapes = reader.shapes(schemas, place);
        long bytesOfShapes = budget.bytesHeld() - held;
        Expression expression = ways(shapes, place);
        budget.release(bytesOfShapes);
        depth--;
        at = around;
        return expression;
    }

    private @Nullable Expression ways(List<SchemaAlternative> shapes, String place)
            throws ConstraintException {
        if (shapes.isEmpty()) {
            note(place, "false allows no value");
        }
        List<Expression> ways = new ArrayList<>();
        for (SchemaAlternative shape : shapes) {
            budget.steps(1L + shape.references.size());
            if (mayFollow(shape.references)) {
                shape.references.forEach(each -> followed.merge(each, 1, Integer::sum));
                addWays(shape, ways);
                shape.references.forEach(each -> followed.merge(each, -1, Integer::sum));
            }
        }
        if (ways.isEmpty()) {
            return null;
        }
        return ways.size() == 1 ? ways.getFirst() : new Choice(ways);
    }

    private boolean mayFollow(List<SchemaPart> references) {
        for (SchemaPart reference : references) {
            if (followed.getOrDefault(reference, 0) >= size.unrolling()) {
                return false;
            }
        }
        return true;
    }

    /** Remembers the first reason why something cannot be written. */
    void note(String place, String reason) {
        if (obstacle == null) {
            obstacle = ConstraintException.impossible(place, reason);
        }
    }

    private void addWays(SchemaAlternative shape, List<Expression> ways)
            throws ConstraintException {
        var json = new JsonText(shape.pointer);
        if (shape.isFree()) {
            budget.hold(FREE_BYTES);
            ways.add(json.anyValue());
            return;
        }
        Constants constants = shape.values;
        if (constants != null) {
            addConstants(shape, constants, ways);
            return;
        }
        if (shape.written().isEmpty()) {
            note(shape.pointer, "no type is left that a value could have");
        }
        for (ValueType type : shape.written()) {
            Expression way =
                    switch (type) {
                        case NULL -> json.sign("null");
                        case BOOLEAN -> Expression.choice(json.sign("true"), json.sign("false"));
                        case INTEGER -> number(shape);
                        case FRACTION -> null; // written with the whole ones
                        case STRING -> string(shape);
                        case ARRAY -> new ArrayTexts(this, shape).texts(size.items());
                        case OBJECT -> new ObjectTexts(this, shape).texts(size.items());
                    };
            if (way != null) {
                ways.add(way);
            }
        }
    }

    private @Nullable Expression number(SchemaAlternative shape) throws ConstraintException {
        NumberBounds bounds = shape.bounds();
        if (bounds.areNone()) {
            return bounds.whole()
                    ? NumberTexts.anyInteger(shape.pointer)
                    : NumberTexts.anyNumber(shape.pointer);
        }
        Dfa within = numbers.get(bounds);
        if (within == null) {
            within = NumberTexts.within(bounds, shape.pointer, budget);
            numbers.put(bounds, within);
        }
        if (within.isEmpty()) {
            note(shape.pointer, "no number is within these bounds");
            return null;
        }
        return machine(within, shape.pointer);
    }

    /** What an automaton accepts. */
    Expression machine(Dfa dfa, String place) throws ConstraintException {
        count(dfa.states(), place);
        return new Machine(dfa, place);
    }

    /** Counts states that will be needed, before any is made. */
    void count(long more, String place) throws ConstraintException {
        states += more;
        if (states > Limits.NFA_STATES) {
            throw ConstraintException.tooLarge(
                    place, "it is too large: it needs more than " + Limits.NFA_STATES + " states");
        }
    }

    private @Nullable Expression string(SchemaAlternative shape) throws ConstraintException {
        Expression texts = strings.of(shape, size.characters());
        if (texts == null) {
            note(shape.pointer, "no string has this length, pattern and format");
        }
        return texts instanceof Machine made ? machine(made.dfa(), made.place()) : texts;
    }

    private void addConstants(SchemaAlternative shape, Constants constants, List<Expression> ways)
            throws ConstraintException {
        var json = new JsonText(shape.pointer);
        int before = ways.size();
        for (JsonNode value : constants.values()) {
            budget.step();
            if (value.isContainer() && shape.hasRulesOfContents()) {
                throw ConstraintException.unsupported(
                        shape.pointer,
                        "an array or object as a constant beside keywords for such is not"
                                + " supported");
            }
            if (shape.allowed().contains(Disjointness.type(value))
                    && Disjointness.isWithin(value, shape, budget)
                    && (!value.isNumber() || shape.bits >= bits(value))
                    && (!value.isString() || strings.matches(value.stringValue(), shape))) {
                String text = value.toString();
                budget.steps(text.length());
                budget.hold((long) CHARACTER_BYTES * text.length());
                ways.add(json.value(value));
            }
        }
        if (ways.size() == before) {
            note(shape.pointer, "none of the constants meets the rest of the schema");
        }
    }

    /** Bits of a number with its sign; the most for one that is not whole. */
    private static int bits(JsonNode value) {
        BigDecimal number = value.decimalValue().stripTrailingZeros();
        return number.scale() > 0 ? Integer.MAX_VALUE : number.toBigIntegerExact().bitLength() + 1;
    }
}
