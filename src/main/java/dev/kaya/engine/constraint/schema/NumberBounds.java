package dev.kaya.engine.constraint.schema;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What numbers must meet.
 *
 * @param whole whether they have no decimals
 * @param least inclusive unless {@code aboveLeast}; null for none
 * @param most inclusive unless {@code belowMost}; null for none
 * @param factors of each of which they are multiples, above 0
 */
record NumberBounds(
        boolean whole,
        @Nullable BigDecimal least,
        boolean aboveLeast,
        @Nullable BigDecimal most,
        boolean belowMost,
        List<BigDecimal> factors) {

    boolean areNone() {
        return least == null && most == null && factors.isEmpty();
    }

    /** The same within the whole numbers of so many bits with a sign. */
    NumberBounds within(int bits) {
        if (bits == Integer.MAX_VALUE || digits() < lowest(bits).precision()) {
            return this;
        }
        BigDecimal low = lowest(bits);
        BigDecimal high = low.negate().subtract(BigDecimal.ONE);
        boolean isLower = least == null || least.compareTo(low) < 0;
        boolean isHigher = most == null || most.compareTo(high) > 0;
        return new NumberBounds(
                whole,
                isLower ? low : least,
                !isLower && aboveLeast,
                isHigher ? high : most,
                !isHigher && belowMost,
                factors);
    }

    /** The lowest whole number of so many bits with a sign. */
    static BigDecimal lowest(int bits) {
        return new BigDecimal(BigInteger.ONE.shiftLeft(bits - 1).negate());
    }

    /** Digits before the point: so many that there are numbers within. */
    int digits() {
        int digits = whole ? NumberTexts.DIGITS : NumberTexts.WHOLE_DIGITS;
        for (BigDecimal each : given()) {
            BigDecimal stripped = each.stripTrailingZeros();
            digits = Math.max(digits, stripped.precision() - stripped.scale());
        }
        return digits;
    }

    /** The bounds and factors that there are. */
    List<BigDecimal> given() {
        List<BigDecimal> all = new ArrayList<>(factors);
        if (least != null) {
            all.add(least);
        }
        if (most != null) {
            all.add(most);
        }
        return all;
    }
}
