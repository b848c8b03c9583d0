package dev.kaya.engine.constraint;

import dev.kaya.engine.constraint.ConstraintCompiler.Texts;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Expression.Choice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Makes texts of a JSON Schema (draft 2020-12): every one of them is valid, though not every valid
 * one is among them.
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
 *       maxLength} are cut short, as far as the automaton's size demands ({@link Room}).
 * </ul>
 */
final class SchemaCompiler {

    private static final int MOST_VALUES = 20_000;

    private final SchemaReader reader;
    private final Room room;
    private final CompilationBudget budget;
    private int values;
    private @Nullable ConstraintException obstacle;

    /**
     * How much of a schema is written.
     *
     * @param unrolling how often the same reference is followed on the way to a value
     * @param items most items where {@code maxItems} would allow more
     * @param characters most of a string where {@code maxLength} would allow more
     */
    private record Room(int unrolling, int items, int characters) {}

    private static final List<Room> ROOMS =
            List.of(
                    new Room(5, 64, 1_024),
                    new Room(4, 32, 256),
                    new Room(3, 16, 128),
                    new Room(2, 8, 64),
                    new Room(1, 4, 32));

    /** References on the way to a value, the latest first. */
    record Path(String reference, @Nullable Path before) {

        static @Nullable Path of(@Nullable Path before, List<String> references) {
            Path path = before;
            for (String reference : references) {
                path = new Path(reference, path);
            }
            return path;
        }

        static int count(@Nullable Path path, String reference) {
            int count = 0;
            for (Path at = path; at != null; at = at.before()) {
                count += at.reference().equals(reference) ? 1 : 0;
            }
            return count;
        }
    }

    /** What becomes of a schema's texts, which may turn out to be too large as well. */
    interface Use<T> {
        T of(Texts texts, CompilationBudget budget) throws ConstraintException;
    }

    private SchemaCompiler(SchemaPart root, Room room, CompilationBudget budget) {
        reader = new SchemaReader(root);
        this.room = room;
        this.budget = budget;
    }

    /**
     * Makes something of the texts of a schema: of as many as there is room for.
     *
     * @throws ConstraintException when there are none, or it is not understood
     */
    static <T> T texts(JsonNode schema, CompilationBudget budget, Use<T> use)
            throws ConstraintException {
        SchemaPart root = SchemaPart.root(schema);
        SchemaSize.check(root);
        ConstraintException tooLarge = null;
        for (int i = 0; i < ROOMS.size(); i++) {
            CompilationBudget attempt = budget.attempt(ROOMS.size() - i);
            var compiler = new SchemaCompiler(root, ROOMS.get(i), attempt);
            try {
                Expression expression = compiler.whole(root);
                Dfa dfa = Dfa.of(expression, root.pointer(), attempt);
                return use.of(new Texts(expression, dfa), attempt);
            } catch (ConstraintException e) {
                if (e.kind() != Kind.TOO_LARGE) {
                    throw e;
                }
                tooLarge = e;
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
        Expression expression = value(List.of(root), root.pointer(), null);
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
     * @param path references on the way to it
     * @return null when nothing can be
     */
    @Nullable Expression value(List<SchemaPart> schemas, String pointer, @Nullable Path path)
            throws ConstraintException {
        if (++values > MOST_VALUES) {
            throw ConstraintException.tooLarge("#", "the schema describes too many values");
        }
        String place = schemas.isEmpty() ? pointer : schemas.getFirst().pointer();
        List<Shape> shapes = reader.shapes(schemas, place);
        if (shapes.isEmpty()) {
            note(place, "false allows no value");
        }
        List<Expression> ways = new ArrayList<>();
        for (Shape shape : shapes) {
            if (mayFollow(shape.references, path)) {
                addWays(shape, Path.of(path, shape.references), ways);
            }
        }
        if (ways.isEmpty()) {
            return null;
        }
        return ways.size() == 1 ? ways.getFirst() : new Choice(ways);
    }

    private boolean mayFollow(List<String> references, @Nullable Path path) {
        for (String reference : references) {
            if (Path.count(path, reference) >= room.unrolling()) {
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

    private void addWays(Shape shape, @Nullable Path path, List<Expression> ways)
            throws ConstraintException {
        var json = new JsonText(shape.pointer);
        if (shape.isFree()) {
            ways.add(json.anyValue());
            return;
        }
        List<JsonNode> constants = shape.values;
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
                        case ARRAY -> new ArrayTexts(this, shape, path).texts(room.items());
                        case OBJECT -> new ObjectTexts(this, shape, path).texts(room.items());
                    };
            if (way != null) {
                ways.add(way);
            }
        }
    }

    private @Nullable Expression number(Shape shape) throws ConstraintException {
        Expression numbers = NumberTexts.within(shape.bounds(), shape.pointer);
        if (numbers == null) {
            note(shape.pointer, "no number is within these bounds");
        }
        return numbers;
    }

    private @Nullable Expression string(Shape shape) throws ConstraintException {
        Expression strings = StringTexts.of(shape, room.characters());
        if (strings == null) {
            note(shape.pointer, "no string has this length, pattern and format");
        }
        return strings;
    }

    private void addConstants(Shape shape, List<JsonNode> constants, List<Expression> ways)
            throws ConstraintException {
        var json = new JsonText(shape.pointer);
        int before = ways.size();
        for (JsonNode value : constants) {
            boolean isContainer = value.isContainer();
            boolean hasRules = !shape.objects.isEmpty() || !shape.arrays.isEmpty();
            if (isContainer && (hasRules || !shape.required.isEmpty())) {
                throw ConstraintException.unsupported(
                        shape.pointer,
                        "an array or object as a constant beside keywords for such is not"
                                + " supported");
            }
            if (shape.allowed().contains(Disjointness.type(value))
                    && Disjointness.isWithin(value, shape)
                    && (!value.isString() || StringTexts.matches(value.stringValue(), shape))) {
                ways.add(json.value(value));
            }
        }
        if (ways.size() == before) {
            note(shape.pointer, "none of the constants meets the rest of the schema");
        }
    }
}
