package dev.kaya.engine.tensor.kernel;

import static dev.kaya.engine.tensor.matrix.PackedMatrix.LANES;
import static dev.kaya.engine.tensor.matrix.PackedMatrix.PANEL;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Quantised panels by vectors: products of one row and of four that widen in registers, and
 * widening to memory for more.
 *
 * <p>A row of 64 quants is read as 32-bit lanes. Byte k of lane l belongs to output 16k + l, so
 * that masking that byte and converting the lanes gives {@code 256^k·quant} of sixteen neighbours,
 * and the scale divided by {@code 256^k}, which is exact, does the rest: no shift, no shuffle. See
 * {@link VectorPanelTiles} for the rules of such a loop.
 */
final class VectorQuants {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VECTOR = SPECIES.length();
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    static final int NIBBLES = 0x0F0F0F0F;
    static final int LOWER_BITS = 0x3F3F3F3F;
    static final int UPPER_BITS = 0xC0C0C0C0;

    /** 256^−1 and its powers. */
    static final float BY_ONE_BYTE = 0x1p-8f;

    static final float BY_TWO_BYTES = 0x1p-16f;
    private static final float BY_THREE_BYTES = 0x1p-24f;

    private VectorQuants() {}

    /** Continues the chains of one row, from its input {@code x[xAt]} on. */
    static void multiply(QuantPiece w, float[] x, int xAt, float[] y, int yAt) {
        switch (w.format.bits()) {
            case 4 -> {
                divideScales(w);
                multiplyNibbles(w, x, xAt, y, yAt);
            }
            case 6 -> {
                divideScales(w);
                multiplySixBits(w, x, xAt, y, yAt);
            }
            default -> multiplyBytes(w, x, xAt, y, yAt);
        }
    }

    /** Readies the scales for quants that are masked out of their lanes. */
    private static void divideScales(QuantPiece w) {
        float[] scales = w.scales;
        int end = w.inputs / w.format.group() * PANEL;
        for (int group = 0; group < end; group += PANEL) {
            for (int at = group; at < group + LANES; at += VECTOR) {
                FloatVector.fromArray(SPECIES, scales, at + LANES)
                        .mul(BY_ONE_BYTE)
                        .intoArray(scales, at + LANES);
                FloatVector.fromArray(SPECIES, scales, at + 2 * LANES)
                        .mul(BY_TWO_BYTES)
                        .intoArray(scales, at + 2 * LANES);
                FloatVector.fromArray(SPECIES, scales, at + 3 * LANES)
                        .mul(BY_THREE_BYTES)
                        .intoArray(scales, at + 3 * LANES);
            }
        }
    }

    /** One row with quants of four bits: a row of quants is two inputs. */
    private static void multiplyNibbles(QuantPiece w, float[] x, int xAt, float[] y, int yAt) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        float[] scales = w.scales;
        float[] offsets = w.offsets;
        int rows = w.format.group() / 2;
        int groups = w.inputs / w.format.group();
        IntVector m0 = IntVector.broadcast(INTS, 0xF);
        IntVector m1 = IntVector.broadcast(INTS, 0xF00);
        IntVector m2 = IntVector.broadcast(INTS, 0xF0000);
        IntVector m3 = IntVector.broadcast(INTS, 0xF000000);
        for (int j = 0; j < LANES; j += VECTOR) {
            FloatVector a0 = FloatVector.fromArray(SPECIES, y, yAt + j);
            FloatVector a1 = FloatVector.fromArray(SPECIES, y, yAt + j + LANES);
            FloatVector a2 = FloatVector.fromArray(SPECIES, y, yAt + j + 2 * LANES);
            FloatVector a3 = FloatVector.fromArray(SPECIES, y, yAt + j + 3 * LANES);
            int in = xAt;
            int at = w.quantsAt + 4 * j;
            IntVector next = ints(quants, at);
            for (int group = 0; group < groups; group++) {
                int scale = group * PANEL + j;
                FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
                FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + LANES);
                FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * LANES);
                FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * LANES);
                FloatVector o0 = FloatVector.fromArray(SPECIES, offsets, scale);
                FloatVector o1 = FloatVector.fromArray(SPECIES, offsets, scale + LANES);
                FloatVector o2 = FloatVector.fromArray(SPECIES, offsets, scale + 2 * LANES);
                FloatVector o3 = FloatVector.fromArray(SPECIES, offsets, scale + 3 * LANES);
                for (int row = 0; row < rows; row++) {
                    IntVector q = next;
                    at += PANEL;
                    next = ints(quants, at);
                    VectorPrefetch.ahead(quants, at, lastAsk);
                    for (int half = 1; half != 4; half <<= 1, in++) {
                        FloatVector input = FloatVector.broadcast(SPECIES, x[in]);
                        a0 = input.fma(floats(q.and(m0)).fma(s0, o0), a0);
                        a1 = input.fma(floats(q.and(m1)).fma(s1, o1), a1);
                        a2 = input.fma(floats(q.and(m2)).fma(s2, o2), a2);
                        a3 = input.fma(floats(q.and(m3)).fma(s3, o3), a3);
                        q = q.lanewise(VectorOperators.LSHR, 4);
                    }
                }
            }
            a0.intoArray(y, yAt + j);
            a1.intoArray(y, yAt + j + LANES);
            a2.intoArray(y, yAt + j + 2 * LANES);
            a3.intoArray(y, yAt + j + 3 * LANES);
        }
    }

    /** One row with quants of six bits: three rows of quants are four inputs. */
    private static void multiplySixBits(QuantPiece w, float[] x, int xAt, float[] y, int yAt) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        float[] scales = w.scales;
        float[] offsets = w.offsets;
        int fours = w.format.group() / 4;
        int groups = w.inputs / w.format.group();
        IntVector m0 = IntVector.broadcast(INTS, 0x3F);
        IntVector m1 = IntVector.broadcast(INTS, 0x3F00);
        IntVector m2 = IntVector.broadcast(INTS, 0x3F0000);
        IntVector m3 = IntVector.broadcast(INTS, 0x3F000000);
        IntVector upper = IntVector.broadcast(INTS, UPPER_BITS);
        for (int j = 0; j < LANES; j += VECTOR) {
            FloatVector a0 = FloatVector.fromArray(SPECIES, y, yAt + j);
            FloatVector a1 = FloatVector.fromArray(SPECIES, y, yAt + j + LANES);
            FloatVector a2 = FloatVector.fromArray(SPECIES, y, yAt + j + 2 * LANES);
            FloatVector a3 = FloatVector.fromArray(SPECIES, y, yAt + j + 3 * LANES);
            int in = xAt;
            int at = w.quantsAt + 4 * j;
            IntVector next = ints(quants, at);
            for (int group = 0; group < groups; group++) {
                int scale = group * PANEL + j;
                FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
                FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + LANES);
                FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * LANES);
                FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * LANES);
                FloatVector o0 = FloatVector.fromArray(SPECIES, offsets, scale);
                FloatVector o1 = FloatVector.fromArray(SPECIES, offsets, scale + LANES);
                FloatVector o2 = FloatVector.fromArray(SPECIES, offsets, scale + 2 * LANES);
                FloatVector o3 = FloatVector.fromArray(SPECIES, offsets, scale + 3 * LANES);
                for (int four = 0; four < fours; four++) {
                    IntVector fourth = IntVector.zero(INTS);
                    for (int bit = 1; bit != 16; bit <<= 1, in++) {
                        IntVector q = next;
                        if (bit == 8) {
                            q = fourth.lanewise(VectorOperators.LSHR, 2);
                        } else {
                            fourth = fourth.lanewise(VectorOperators.LSHR, 2).or(q.and(upper));
                            at += PANEL;
                            next = ints(quants, at);
                            VectorPrefetch.ahead(quants, at, lastAsk);
                        }
                        FloatVector input = FloatVector.broadcast(SPECIES, x[in]);
                        a0 = input.fma(floats(q.and(m0)).fma(s0, o0), a0);
                        a1 = input.fma(floats(q.and(m1)).fma(s1, o1), a1);
                        a2 = input.fma(floats(q.and(m2)).fma(s2, o2), a2);
                        a3 = input.fma(floats(q.and(m3)).fma(s3, o3), a3);
                    }
                }
            }
            a0.intoArray(y, yAt + j);
            a1.intoArray(y, yAt + j + LANES);
            a2.intoArray(y, yAt + j + 2 * LANES);
            a3.intoArray(y, yAt + j + 3 * LANES);
        }
    }

    /** One row with quants of whole bytes. */
    static void multiplyBytes(QuantPiece w, float[] x, int xAt, float[] y, int yAt) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        int from = w.quantsAt;
        float[] scales = w.scales;
        float[] offsets = w.offsets;
        int length = w.format.group();
        int groups = w.inputs / length;
        IntVector m0 = IntVector.broadcast(INTS, 0xFF);
        IntVector m1 = IntVector.broadcast(INTS, 0xFF00);
        IntVector m2 = IntVector.broadcast(INTS, 0xFF0000);
        for (int j = 0; j < LANES; j += VECTOR) {
            FloatVector a0 = FloatVector.fromArray(SPECIES, y, yAt + j);
            FloatVector a1 = FloatVector.fromArray(SPECIES, y, yAt + j + LANES);
            FloatVector a2 = FloatVector.fromArray(SPECIES, y, yAt + j + 2 * LANES);
            FloatVector a3 = FloatVector.fromArray(SPECIES, y, yAt + j + 3 * LANES);
            int in = xAt;
            int at = from + 4 * j;
            for (int group = 0; group < groups; group++, in += length) {
                int scale = group * PANEL + j;
                FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
                FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + LANES);
                FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * LANES);
                FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * LANES);
                s1 = s1.mul(BY_ONE_BYTE);
                s2 = s2.mul(BY_TWO_BYTES);
                FloatVector o0 = FloatVector.fromArray(SPECIES, offsets, scale);
                FloatVector o1 = FloatVector.fromArray(SPECIES, offsets, scale + LANES);
                FloatVector o2 = FloatVector.fromArray(SPECIES, offsets, scale + 2 * LANES);
                FloatVector o3 = FloatVector.fromArray(SPECIES, offsets, scale + 3 * LANES);
                for (int i = 0; i < length; i++, at += PANEL) {
                    IntVector q = ints(quants, at);
                    VectorPrefetch.ahead(quants, at, lastAsk);
                    FloatVector input = FloatVector.broadcast(SPECIES, x[in + i]);
                    a0 = input.fma(floats(q.and(m0)).fma(s0, o0), a0);
                    a1 = input.fma(floats(q.and(m1)).fma(s1, o1), a1);
                    a2 = input.fma(floats(q.and(m2)).fma(s2, o2), a2);
                    FloatVector q3 = floats(q.lanewise(VectorOperators.LSHR, 24));
                    a3 = input.fma(q3.fma(s3, o3), a3);
                }
            }
            a0.intoArray(y, yAt + j);
            a1.intoArray(y, yAt + j + LANES);
            a2.intoArray(y, yAt + j + 2 * LANES);
            a3.intoArray(y, yAt + j + 3 * LANES);
        }
    }

    /**
     * Four rows, or three or two of which the last is computed as often as it takes, with quants of
     * whole bytes: sixteen chains, for vectors of 16 floats.
     */
    static void multiplyBytesByFourRows(
            QuantPiece w,
            float[] x,
            int xa,
            int xStride,
            float[] y,
            int ya,
            int yStride,
            int rows) {
        byte[] quants = w.quants;
        int lastAsk = w.lastAsk;
        float[] scales = w.scales;
        float[] offsets = w.offsets;
        int length = w.format.group();
        int groups = w.inputs / length;
        int third = Math.min(2, rows - 1);
        int last = Math.min(3, rows - 1);
        int xb = xa + xStride;
        int xc = xa + third * xStride;
        int xd = xa + last * xStride;
        int yb = ya + yStride;
        int yc = ya + third * yStride;
        int yd = ya + last * yStride;
        IntVector m0 = IntVector.broadcast(INTS, 0xFF);
        IntVector m1 = IntVector.broadcast(INTS, 0xFF00);
        IntVector m2 = IntVector.broadcast(INTS, 0xFF0000);
        FloatVector a0 = FloatVector.fromArray(SPECIES, y, ya);
        FloatVector a1 = FloatVector.fromArray(SPECIES, y, ya + LANES);
        FloatVector a2 = FloatVector.fromArray(SPECIES, y, ya + 2 * LANES);
        FloatVector a3 = FloatVector.fromArray(SPECIES, y, ya + 3 * LANES);
        FloatVector b0 = FloatVector.fromArray(SPECIES, y, yb);
        FloatVector b1 = FloatVector.fromArray(SPECIES, y, yb + LANES);
        FloatVector b2 = FloatVector.fromArray(SPECIES, y, yb + 2 * LANES);
        FloatVector b3 = FloatVector.fromArray(SPECIES, y, yb + 3 * LANES);
        FloatVector c0 = FloatVector.fromArray(SPECIES, y, yc);
        FloatVector c1 = FloatVector.fromArray(SPECIES, y, yc + LANES);
        FloatVector c2 = FloatVector.fromArray(SPECIES, y, yc + 2 * LANES);
        FloatVector c3 = FloatVector.fromArray(SPECIES, y, yc + 3 * LANES);
        FloatVector d0 = FloatVector.fromArray(SPECIES, y, yd);
        FloatVector d1 = FloatVector.fromArray(SPECIES, y, yd + LANES);
        FloatVector d2 = FloatVector.fromArray(SPECIES, y, yd + 2 * LANES);
        FloatVector d3 = FloatVector.fromArray(SPECIES, y, yd + 3 * LANES);
        int in = 0;
        int at = w.quantsAt;
        IntVector next = ints(quants, at);
        for (int group = 0; group < groups; group++) {
            int scale = group * PANEL;
            FloatVector s0 = FloatVector.fromArray(SPECIES, scales, scale);
            FloatVector s1 = FloatVector.fromArray(SPECIES, scales, scale + LANES);
            FloatVector s2 = FloatVector.fromArray(SPECIES, scales, scale + 2 * LANES);
            FloatVector s3 = FloatVector.fromArray(SPECIES, scales, scale + 3 * LANES);
            s1 = s1.mul(BY_ONE_BYTE);
            s2 = s2.mul(BY_TWO_BYTES);
            FloatVector o0 = FloatVector.fromArray(SPECIES, offsets, scale);
            FloatVector o1 = FloatVector.fromArray(SPECIES, offsets, scale + LANES);
            FloatVector o2 = FloatVector.fromArray(SPECIES, offsets, scale + 2 * LANES);
            FloatVector o3 = FloatVector.fromArray(SPECIES, offsets, scale + 3 * LANES);
            for (int end = in + length; in < end; in++) {
                IntVector q = next;
                at += PANEL;
                next = ints(quants, at);
                VectorPrefetch.ahead(quants, at, lastAsk);
                FloatVector w0 = floats(q.and(m0)).fma(s0, o0);
                FloatVector w1 = floats(q.and(m1)).fma(s1, o1);
                FloatVector w2 = floats(q.and(m2)).fma(s2, o2);
                FloatVector w3 = floats(q.lanewise(VectorOperators.LSHR, 24)).fma(s3, o3);
                FloatVector ina = FloatVector.broadcast(SPECIES, x[xa + in]);
                a0 = ina.fma(w0, a0);
                a1 = ina.fma(w1, a1);
                a2 = ina.fma(w2, a2);
                a3 = ina.fma(w3, a3);
                FloatVector inb = FloatVector.broadcast(SPECIES, x[xb + in]);
                b0 = inb.fma(w0, b0);
                b1 = inb.fma(w1, b1);
                b2 = inb.fma(w2, b2);
                b3 = inb.fma(w3, b3);
                FloatVector inc = FloatVector.broadcast(SPECIES, x[xc + in]);
                c0 = inc.fma(w0, c0);
                c1 = inc.fma(w1, c1);
                c2 = inc.fma(w2, c2);
                c3 = inc.fma(w3, c3);
                FloatVector ind = FloatVector.broadcast(SPECIES, x[xd + in]);
                d0 = ind.fma(w0, d0);
                d1 = ind.fma(w1, d1);
                d2 = ind.fma(w2, d2);
                d3 = ind.fma(w3, d3);
            }
        }
        a0.intoArray(y, ya);
        a1.intoArray(y, ya + LANES);
        a2.intoArray(y, ya + 2 * LANES);
        a3.intoArray(y, ya + 3 * LANES);
        b0.intoArray(y, yb);
        b1.intoArray(y, yb + LANES);
        b2.intoArray(y, yb + 2 * LANES);
        b3.intoArray(y, yb + 3 * LANES);
        c0.intoArray(y, yc);
        c1.intoArray(y, yc + LANES);
        c2.intoArray(y, yc + 2 * LANES);
        c3.intoArray(y, yc + 3 * LANES);
        d0.intoArray(y, yd);
        d1.intoArray(y, yd + LANES);
        d2.intoArray(y, yd + 2 * LANES);
        d3.intoArray(y, yd + 3 * LANES);
    }

    static IntVector ints(byte[] w, int at) {
        return ByteVector.fromArray(BYTES, w, at).reinterpretAsInts();
    }

    static FloatVector floats(IntVector quants) {
        return (FloatVector) quants.convertShape(VectorOperators.I2F, SPECIES, 0);
    }
}
