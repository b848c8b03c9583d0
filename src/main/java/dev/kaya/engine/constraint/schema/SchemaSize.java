package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import java.math.BigDecimal;

/** Refuses schemas that are too large, before anything is made of them. */
final class SchemaSize {

    private int values;

    private SchemaSize() {}

    static void check(SchemaPart root) throws ConstraintException {
        new SchemaSize().check(root, 0);
    }

    private void check(SchemaPart part, int depth) throws ConstraintException {
        if (++values > Limits.SCHEMA_VALUES) {
            throw ConstraintException.tooLarge(
                    "#", "a schema has at most %d values".formatted(Limits.SCHEMA_VALUES));
        }
        if (part.node().isNumber()) {
            checkDigits(part);
        } else if (part.node().isContainer()) {
            if (depth == Limits.SCHEMA_DEPTH) {
                throw ConstraintException.tooLarge(
                        part.pointer(),
                        "a schema is at most %d deep".formatted(Limits.SCHEMA_DEPTH));
            }
            for (SchemaPart child : part.children()) {
                check(child, depth + 1);
            }
        }
    }

    private static void checkDigits(SchemaPart part) throws ConstraintException {
        BigDecimal number = part.node().decimalValue();
        long scale = number.scale();
        if (scale > Limits.NUMBER_DIGITS || number.precision() - scale > Limits.NUMBER_DIGITS) {
            throw ConstraintException.tooLarge(
                    part.pointer(),
                    "a number has at most %d digits before and behind the point"
                            .formatted(Limits.NUMBER_DIGITS));
        }
    }
}
