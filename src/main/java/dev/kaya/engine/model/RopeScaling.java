package dev.kaya.engine.model;

/**
 * How rotary frequencies are stretched so that a model sees further than it was trained to.
 *
 * <p>An unscaled model turns pair i of R/2 by {@code theta^(−2i/R)} radians a position. All angles
 * are computed once, in double precision by {@code StrictMath}.
 */
public sealed interface RopeScaling {

    /**
     * The frequency of a pair.
     *
     * @param frequency of the pair as trained
     * @param pair its number, from 0
     * @param rotation base and length
     */
    double scaled(double frequency, int pair, Rotation rotation);

    /** What cosines and sines are multiplied by. */
    default double magnitude() {
        return 1;
    }

    /**
     * What is rotated.
     *
     * @param theta base of the angles
     * @param length R, rotated elements of a head
     */
    record Rotation(double theta, int length) {}

    /**
     * Positions interpolated (Chen et al. 2023).
     *
     * @param factor by which positions are divided
     */
    record Linear(double factor) implements RopeScaling {
        /** As trained. */
        public static final Linear NONE = new Linear(1);

        @Override
        public double scaled(double frequency, int pair, Rotation rotation) {
            return frequency / factor;
        }
    }

    /**
     * Llama 3.1: long waves are stretched, short ones kept, and those between are blended by how
     * often they turn in the original context.
     *
     * @param factor by which long waves are stretched
     * @param lowTurns waves that turn less often than this in the original context are long
     * @param highTurns waves that turn more often are short
     * @param originalContext of the training before
     * @see <a href="https://github.com/meta-llama/llama-models">apply_scaling of models/llama3</a>
     */
    record Llama3(double factor, double lowTurns, double highTurns, int originalContext)
            implements RopeScaling {
        @Override
        public double scaled(double frequency, int pair, Rotation rotation) {
            double turns = originalContext * frequency / (2 * Math.PI);
            if (turns > highTurns) {
                return frequency;
            }
            if (turns < lowTurns) {
                return frequency / factor;
            }
            double kept = (turns - lowTurns) / (highTurns - lowTurns);
            return (1 - kept) * frequency / factor + kept * frequency;
        }
    }

    /**
     * YaRN (Peng et al. 2023, section 3): pairs that turn often are kept, those that hardly turn
     * are interpolated, a ramp over the pairs between; queries and keys grow by a magnitude.
     *
     * @param factor by which the context grows
     * @param ramp where it begins and ends
     * @param magnitude of cosines and sines
     */
    record Yarn(double factor, Ramp ramp, double magnitude) implements RopeScaling {

        /** What a factor multiplies cosines and sines by if nothing else is said (section 3.4). */
        public static double usualMagnitude(double factor) {
            return factor <= 1 ? 1 : 0.1 * StrictMath.log(factor) + 1;
        }

        /** The ramp is at least this wide, as in the reference. */
        private static final double NARROWEST = 0.001;

        /**
         * Where interpolation sets in.
         *
         * @param fastTurns pairs that turn this often in the original context are kept
         * @param slowTurns pairs that turn this seldom are interpolated
         * @param originalContext of the training before
         * @param whole whether its ends are moved outwards to whole pairs
         */
        public record Ramp(
                double fastTurns, double slowTurns, int originalContext, boolean whole) {}

        @Override
        public double scaled(double frequency, int pair, Rotation rotation) {
            double low = pairOf(ramp.fastTurns(), rotation);
            double high = pairOf(ramp.slowTurns(), rotation);
            if (ramp.whole()) {
                low = Math.floor(low);
                high = Math.ceil(high);
            }
            low = Math.max(low, 0);
            high = Math.min(high, rotation.length() - 1.0);
            if (low == high) {
                high += NARROWEST;
            }
            double interpolated = Math.clamp((pair - low) / (high - low), 0.0, 1.0);
            return frequency / factor * interpolated + frequency * (1 - interpolated);
        }

        /** The pair, as a fraction, that turns so often in the original context. */
        private double pairOf(double turns, Rotation rotation) {
            double ratio = ramp.originalContext() / (turns * 2 * Math.PI);
            return rotation.length()
                    * StrictMath.log(ratio)
                    / (2 * StrictMath.log(rotation.theta()));
        }
    }
}
