package dev.kaya.engine.constraint.schema;

import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.automaton.CharacterSet;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.automaton.Expression;
import dev.kaya.engine.constraint.automaton.Expression.Characters;
import dev.kaya.engine.constraint.automaton.Expression.Choice;
import dev.kaya.engine.constraint.automaton.Expression.Machine;
import dev.kaya.engine.constraint.automaton.Expression.Repeat;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Numbers as JSON writes them, within bounds that are met exactly.
 *
 * <p>Whole numbers have at most 15 digits, so that readers who keep numbers in doubles keep them as
 * they are; or as many as a bound has. Numbers without bounds may have as many before and behind
 * the point, and an exponent of two digits. Numbers with bounds have none, and so few digits that
 * two of them are never the same double. There is no {@code -0} among those with bounds.
 */
final class NumberTexts {

    static final int DIGITS = 15;
    static final int WHOLE_DIGITS = 9;
    private static final int DECIMALS = 6;
    private static final int DIGIT_CLASSES = 10;

    private final String place;
    private final CompilationBudget budget;

    private NumberTexts(String place, CompilationBudget budget) {
        this.place = place;
        this.budget = budget;
    }

    /** Any number. */
    static Expression anyNumber(String place) {
        Expression exponent =
                Expression.sequence(
                        new Characters(CharacterSet.anyOf("eE"), place),
                        Expression.optional(new Characters(CharacterSet.anyOf("+-"), place)),
                        digits(1, 2, place));
        return Expression.sequence(
                Expression.optional(Expression.text("-", place)),
                whole(DIGITS, place),
                decimals(DIGITS, place),
                Expression.optional(exponent));
    }

    /** Any whole number. */
    static Expression anyInteger(String place) {
        Expression positive =
                Expression.sequence(digit('1', '9', place), digits(0, DIGITS - 1, place));
        return Expression.choice(
                Expression.text("0", place),
                Expression.sequence(Expression.optional(Expression.text("-", place)), positive));
    }

    /** Numbers within bounds, of which there must be one; there may be no such numbers. */
    static Dfa within(NumberBounds bounds, String place, CompilationBudget budget)
            throws ConstraintException {
        return new NumberTexts(place, budget).machine(bounds);
    }

    private Dfa machine(NumberBounds bounds) throws ConstraintException {
        long held = budget.bytesHeld();
        Dfa numbers = dfa(form(bounds)).without(dfa(negativeZero()), place, budget);
        if (bounds.least() != null) {
            numbers = numbers.and(dfa(from(bounds.least(), bounds.aboveLeast())), place, budget);
        }
        if (bounds.most() != null) {
            numbers = numbers.and(dfa(upTo(bounds.most(), bounds.belowMost())), place, budget);
        }
        for (BigDecimal factor : bounds.factors()) {
            numbers = numbers.and(multiples(factor), place, budget);
        }
        budget.releaseTo(held + numbers.bytes());
        return numbers;
    }

    private Dfa dfa(Expression expression) throws ConstraintException {
        return Dfa.of(expression, place, budget);
    }

    /** Numbers of as many digits as bounds allow. */
    private Expression form(NumberBounds bounds) {
        int whole = bounds.digits();
        int decimals = 0;
        for (BigDecimal each : bounds.given()) {
            decimals = Math.max(decimals, each.stripTrailingZeros().scale());
        }
        decimals = Math.max(decimals, Math.min(DECIMALS, DIGITS - whole));
        Expression fraction =
                bounds.whole() || decimals == 0 ? Expression.NOTHING : decimals(decimals, place);
        return Expression.sequence(Expression.optional(sign("-")), whole(whole), fraction);
    }

    private Expression negativeZero() {
        return Expression.sequence(
                sign("-0"),
                Expression.optional(
                        Expression.sequence(
                                sign("."), new Repeat(sign("0"), 1, Expression.UNBOUNDED))));
    }

    /** Numbers not below a bound, with any number of digits. */
    private Expression from(BigDecimal bound, boolean strict) throws ConstraintException {
        if (bound.signum() > 0 || (bound.signum() == 0 && strict)) {
            return atLeast(bound, strict);
        }
        Expression negative = Expression.sequence(sign("-"), atMost(bound.negate(), strict));
        return Expression.choice(anyMagnitude(), negative);
    }

    /** Numbers not above a bound, with any number of digits. */
    private Expression upTo(BigDecimal bound, boolean strict) throws ConstraintException {
        if (bound.signum() < 0) {
            return Expression.sequence(sign("-"), atLeast(bound.negate(), strict));
        }
        Expression negative = Expression.sequence(sign("-"), anyMagnitude());
        return Expression.choice(negative, atMost(bound, strict));
    }

    private Expression atLeast(BigDecimal bound, boolean strict) throws ConstraintException {
        String whole = whole(bound);
        String decimals = decimals(bound);
        List<Expression> ways = new ArrayList<>();
        Expression more =
                Expression.sequence(digit('1', '9'), digits(whole.length(), Expression.UNBOUNDED));
        ways.add(Expression.sequence(more, anyDecimals()));
        ways.add(Expression.sequence(ofSameLength(whole, true), anyDecimals()));
        ways.add(Expression.sequence(sign(whole), decimalsAtLeast(decimals, strict)));
        return new Choice(ways);
    }

    /**
     * Whole numbers of as many digits as another that are above or below it. What follows the first
     * digit that differs has any length here, or there would be a state for each of both places;
     * the number of digits is seen to apart.
     */
    private Expression ofSameLength(String whole, boolean above) throws ConstraintException {
        Expression differs = new Choice(List.of());
        for (int i = whole.length() - 1; i >= 0; i--) {
            char digit = whole.charAt(i);
            char lowest = i == 0 && whole.length() > 1 ? '1' : '0';
            Expression here =
                    above
                            ? digit((char) (digit + 1), '9')
                            : digit(lowest, (char) (digit - 1)); // may be none
            differs =
                    Expression.choice(
                            Expression.sequence(here, digits(0, Expression.UNBOUNDED)),
                            Expression.sequence(sign(String.valueOf(digit)), differs));
        }
        Dfa asLong = dfa(digits(whole.length(), whole.length()));
        return new Machine(dfa(differs).and(asLong, place, budget), place);
    }

    private Expression decimalsAtLeast(String bound, boolean strict) {
        List<Expression> ways = new ArrayList<>();
        for (int i = 0; i < bound.length(); i++) {
            if (bound.charAt(i) < '9') {
                ways.add(
                        Expression.sequence(
                                sign("." + bound.substring(0, i)),
                                digit((char) (bound.charAt(i) + 1), '9'),
                                digits(0, Expression.UNBOUNDED)));
            }
            if (!strict && isZero(bound.substring(i))) {
                ways.add(sign(i == 0 ? "" : "." + bound.substring(0, i)));
            }
        }
        Expression rest =
                strict
                        ? Expression.sequence(
                                new Repeat(sign("0"), 0, Expression.UNBOUNDED),
                                digit('1', '9'),
                                digits(0, Expression.UNBOUNDED))
                        : digits(bound.isEmpty() ? 1 : 0, Expression.UNBOUNDED);
        ways.add(Expression.sequence(sign("." + bound), rest));
        if (bound.isEmpty() && !strict) {
            ways.add(Expression.NOTHING);
        }
        return new Choice(ways);
    }

    private Expression atMost(BigDecimal bound, boolean strict) throws ConstraintException {
        String whole = whole(bound);
        List<Expression> ways = new ArrayList<>();
        if (whole.length() > 1) {
            ways.add(Expression.sequence(whole(whole.length() - 1), anyDecimals()));
        }
        ways.add(Expression.sequence(ofSameLength(whole, false), anyDecimals()));
        ways.add(Expression.sequence(sign(whole), decimalsAtMost(decimals(bound), strict)));
        return new Choice(ways);
    }

    private Expression decimalsAtMost(String bound, boolean strict) {
        List<Expression> ways = new ArrayList<>();
        for (int i = 0; i < bound.length(); i++) {
            if (bound.charAt(i) > '0') {
                ways.add(
                        Expression.sequence(
                                sign("." + bound.substring(0, i)),
                                digit('0', (char) (bound.charAt(i) - 1)),
                                digits(0, Expression.UNBOUNDED)));
            }
            if (!strict || !isZero(bound.substring(i))) {
                ways.add(sign(i == 0 ? "" : "." + bound.substring(0, i)));
            }
        }
        if (!strict) {
            int least = bound.isEmpty() ? 1 : 0;
            Expression zeros = new Repeat(sign("0"), least, Expression.UNBOUNDED);
            ways.add(Expression.sequence(sign("." + bound), zeros));
            if (bound.isEmpty()) {
                ways.add(Expression.NOTHING);
            }
        }
        return new Choice(ways);
    }

    private static boolean isZero(String digits) {
        return digits.chars().allMatch(c -> c == '0');
    }

    private static String whole(BigDecimal bound) {
        return bound.toBigInteger().toString();
    }

    private static String decimals(BigDecimal bound) {
        String plain = bound.stripTrailingZeros().toPlainString();
        int point = plain.indexOf('.');
        return point < 0 ? "" : plain.substring(point + 1);
    }

    /** Numbers that are multiples of one. */
    private Dfa multiples(BigDecimal factor) throws ConstraintException {
        BigDecimal stripped = factor.stripTrailingZeros();
        int decimals = Math.max(0, stripped.scale());
        BigInteger scaled = stripped.movePointRight(decimals).toBigIntegerExact();
        BigInteger states = scaled.multiply(BigInteger.valueOf(decimals + 2L));
        if (states.compareTo(BigInteger.valueOf(Limits.STATES)) >= 0) {
            throw ConstraintException.unsupported(
                    place, "a multipleOf of so many digits is not supported");
        }
        return multiples(scaled.intValueExact(), decimals);
    }

    /**
     * Digits whose number is a multiple, a point left out: states are remainders, first of the
     * whole part, then behind the point and each decimal. The forms of numbers say where a minus
     * and a point may stand.
     */
    private Dfa multiples(int modulus, int decimals) throws ConstraintException {
        int minus = DIGIT_CLASSES;
        int point = DIGIT_CLASSES + 1;
        int classes = DIGIT_CLASSES + 3;
        int[] classOf = new int[Dfa.BYTES];
        Arrays.fill(classOf, classes - 1);
        for (int d = 0; d < DIGIT_CLASSES; d++) {
            classOf['0' + d] = d;
        }
        classOf['-'] = minus;
        classOf['.'] = point;
        budget.steps((long) modulus * (decimals + 2) * classes);
        budget.hold(4L * modulus * (decimals + 2) * classes);
        int[] table = new int[modulus * (decimals + 2) * classes];
        Arrays.fill(table, Dfa.DEAD);
        table[minus] = Dfa.START;
        var accepting = new BitSet();
        for (int level = 0; level < decimals + 2; level++) {
            int written = Math.max(0, level - 1);
            long power = tenTo(decimals - written, modulus);
            for (int r = 0; r < modulus; r++) {
                int row = (level * modulus + r) * classes;
                accepting.set(level * modulus + r, r * power % modulus == 0);
                int to = level == 0 ? 0 : level + 1;
                for (int d = 0; d < DIGIT_CLASSES && to < decimals + 2; d++) {
                    table[row + d] = to * modulus + (int) ((10L * r + d) % modulus);
                }
                if (level == 0) {
                    table[row + point] = modulus + r;
                }
            }
        }
        return Dfa.smallest(classOf, table, accepting, budget);
    }

    private static long tenTo(int exponent, int modulus) {
        long power = 1 % modulus;
        for (int i = 0; i < exponent; i++) {
            power = power * 10 % modulus;
        }
        return power;
    }

    private Expression sign(String text) {
        return Expression.text(text, place);
    }

    private Expression digit(char low, char high) {
        return digit(low, high, place);
    }

    private static Expression digit(char low, char high, String place) {
        return new Characters(CharacterSet.range(low, high), place);
    }

    private Expression digits(int least, int most) {
        return digits(least, most, place);
    }

    private static Expression digits(int least, int most, String place) {
        return new Repeat(digit('0', '9', place), least, most);
    }

    private Expression whole(int digits) {
        return whole(digits, place);
    }

    /** A whole number from 0 of some digits at most. */
    private static Expression whole(int digits, String place) {
        Expression positive =
                Expression.sequence(digit('1', '9', place), digits(0, digits - 1, place));
        return Expression.choice(Expression.text("0", place), positive);
    }

    /** A point and decimals, or nothing. */
    private static Expression decimals(int most, String place) {
        return Expression.optional(
                Expression.sequence(Expression.text(".", place), digits(1, most, place)));
    }

    private Expression anyDecimals() {
        return decimals(Expression.UNBOUNDED, place);
    }

    private Expression anyMagnitude() {
        return Expression.sequence(digits(1, Expression.UNBOUNDED), anyDecimals());
    }
}
