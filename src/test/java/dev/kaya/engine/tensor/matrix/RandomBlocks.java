package dev.kaya.engine.tensor.matrix;

import java.util.Random;

/** Stored blocks of random bits whose weights are numbers. */
public final class RandomBlocks {

    private RandomBlocks() {}

    /** A row of blocks with scales of all sizes, negative and subnormal ones included. */
    public static byte[] of(DataType type, int count, Random random) {
        byte[] x = new byte[(int) type.bytes(count)];
        random.nextBytes(x);
        for (int block = 0; block < x.length; block += type.blockBytes()) {
            int first = type == DataType.Q6_K ? 208 : 0;
            boolean two =
                    switch (type) {
                        case Q4_1, Q5_1, Q4_K, Q5_K -> true;
                        default -> false;
                    };
            for (int half = first; half < first + (two ? 4 : 2); half += 2) {
                x[block + half + 1] &= (byte) 0xBF; // keeps the exponent from infinity
            }
        }
        return x;
    }
}
