package dev.kaya.engine.checkpoint.gguf;

import dev.kaya.engine.tensor.matrix.DataType;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The numbers by which GGUF names the types of its tensors.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/include/ggml.h">enum ggml_type</a>
 */
public final class GgmlTypes {

    private static final List<DataType> SUPPORTED =
            List.of(
                    DataType.F32,
                    DataType.F16,
                    DataType.BF16,
                    DataType.Q8_0,
                    DataType.Q4_0,
                    DataType.Q4_1,
                    DataType.Q5_0,
                    DataType.Q5_1,
                    DataType.Q4_K,
                    DataType.Q5_K,
                    DataType.Q6_K);

    /** Names by number; empty where ggml has retired a type. */
    private static final String[] NAMES = {
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K",
        "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
        "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0",
        "TQ2_0", "", "", "", "MXFP4"
    };

    private GgmlTypes() {}

    /** The type of a number, null when it is not supported. */
    static @Nullable DataType of(long number) {
        String name = name(number);
        for (DataType type : SUPPORTED) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** For people: what can be read. */
    static String supported() {
        StringJoiner names = new StringJoiner(", ");
        SUPPORTED.forEach(type -> names.add(type.name()));
        return names.toString();
    }

    /** The number of a type that can be written. */
    public static int number(DataType type) {
        for (int number = 0; number < NAMES.length; number++) {
            if (NAMES[number].equals(type.name())) {
                return number;
            }
        }
        throw new IllegalArgumentException("ggml has no type " + type);
    }

    /** The name of a number, or the number itself when ggml has no such type. */
    static String name(long number) {
        return number < NAMES.length && !NAMES[(int) number].isEmpty()
                ? NAMES[(int) number]
                : "number " + number;
    }
}
