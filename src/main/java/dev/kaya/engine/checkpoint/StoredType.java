package dev.kaya.engine.checkpoint;

import dev.kaya.engine.tensor.matrix.DataType;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * How PyTorch and safetensors store elements: more types than {@link DataType}, which is what
 * tensors are read as. The constants have the names that safetensors gives them.
 *
 * <p>8-bit floats are widened to BF16, which holds every one of them exactly. Unsigned integers are
 * read as signed ones of their width: they are never weights. A complex number is a pair of its
 * parts, so its tensor has one more dimension, of length 2.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/tensor_attributes.html">torch.dtype</a>
 */
public enum StoredType {
    F32(DataType.F32, "FloatStorage", "float32"),
    F16(DataType.F16, "HalfStorage", "float16"),
    BF16(DataType.BF16, "BFloat16Storage", "bfloat16"),
    F64(DataType.F64, "DoubleStorage", "float64"),
    F8_E4M3(DataType.U8, "Float8_e4m3fnStorage", "float8_e4m3fn"),
    F8_E5M2(DataType.U8, "Float8_e5m2Storage", "float8_e5m2"),
    I64(DataType.I64, "LongStorage", "int64"),
    I32(DataType.I32, "IntStorage", "int32"),
    I16(DataType.I16, "ShortStorage", "int16"),
    I8(DataType.I8, "CharStorage", "int8"),
    U64(DataType.I64, "UInt64Storage", "uint64"),
    U32(DataType.I32, "UInt32Storage", "uint32"),
    U16(DataType.I16, "UInt16Storage", "uint16"),
    U8(DataType.U8, "ByteStorage", "uint8"),
    BOOL(DataType.BOOL, "BoolStorage", "bool"),
    C64(DataType.F32, "ComplexFloatStorage", "complex64"),
    C128(DataType.F64, "ComplexDoubleStorage", "complex128");

    private final DataType raw;
    private final String torchStorage;
    private final String torchName;

    StoredType(DataType raw, String torchStorage, String torchName) {
        this.raw = raw;
        this.torchStorage = torchStorage;
        this.torchName = torchName;
    }

    /** The type as which the bytes lie in the file; for a complex number, that of its parts. */
    public DataType raw() {
        return raw;
    }

    public boolean isComplex() {
        return this == C64 || this == C128;
    }

    /** The type of a pair's parts; the type itself if it is not complex. */
    public StoredType part() {
        return this == C64 ? F32 : this == C128 ? F64 : this;
    }

    /** Bytes of one element. */
    public int bytes() {
        return raw.blockBytes() * (isComplex() ? 2 : 1);
    }

    /** All names, for messages. */
    public static String listed() {
        StringJoiner names = new StringJoiner(", ");
        for (StoredType type : values()) {
            names.add(type.name());
        }
        return names.toString();
    }

    /** The type that safetensors calls {@code dtype}; null when there is none. */
    public static @Nullable StoredType ofSafetensors(String dtype) {
        for (StoredType type : values()) {
            if (type.name().equals(dtype)) {
                return type;
            }
        }
        return null;
    }

    /** The type that PyTorch calls {@code torch.NAME}; null when there is none. */
    public static @Nullable StoredType ofTorch(String name) {
        for (StoredType type : values()) {
            if (type.torchName.equals(name)) {
                return type;
            }
        }
        return null;
    }

    /** The type of the elements of a storage class; null when there is none. */
    public static @Nullable StoredType ofTorchStorage(String name) {
        for (StoredType type : values()) {
            if (type.torchStorage.equals(name)) {
                return type;
            }
        }
        return null;
    }
}
