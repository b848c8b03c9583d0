package dev.kaya.engine.checkpoint.json;

import dev.kaya.engine.checkpoint.ContiguousTensor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.StoredBytes;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.tensor.matrix.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JsonToken;

/** Reads one nested JSON array of numbers into a row-major {@code F32} tensor. */
final class JsonTensorReader {

    private static final int MAX_RANK = 8;
    private static final int UNKNOWN = -1;
    private static final int FIRST_CAPACITY = 256;

    private final JsonSource source;
    private final String name;

    /** Lengths of the dimensions, {@link #UNKNOWN} until the first array of a level has closed. */
    private final long[] shape = new long[MAX_RANK];

    /** Items seen so far in the open array of each level. */
    private final long[] items = new long[MAX_RANK];

    /** The number of dimensions, {@link #UNKNOWN} until the first number. */
    private int rank = UNKNOWN;

    private float[] values = new float[FIRST_CAPACITY];
    private int count;

    JsonTensorReader(JsonSource source, String name) {
        this.source = source;
        this.name = name;
        Arrays.fill(shape, UNKNOWN);
    }

    /** The tensor whose first token behind the opening bracket is {@code first}. */
    TensorSource read(JsonToken first) throws MalformedCheckpointException {
        int level = 0;
        for (JsonToken token = first; ; token = source.next()) {
            switch (token) {
                case START_ARRAY -> open(level++);
                case END_ARRAY -> {
                    close(level--);
                    if (level < 0) {
                        return tensor();
                    }
                }
                case VALUE_NUMBER_FLOAT, VALUE_NUMBER_INT -> number(level);
                case START_OBJECT,
                        END_OBJECT,
                        PROPERTY_NAME,
                        VALUE_STRING,
                        VALUE_TRUE,
                        VALUE_FALSE,
                        VALUE_NULL,
                        VALUE_EMBEDDED_OBJECT,
                        NOT_AVAILABLE ->
                        throw fault("holds something that is not a number");
            }
        }
    }

    private void open(int level) throws MalformedCheckpointException {
        if (level + 1 == MAX_RANK) {
            throw fault("has more than " + MAX_RANK + " dimensions");
        }
        if (rank != UNKNOWN && level + 1 >= rank) {
            throw ragged();
        }
        items[level]++;
        items[level + 1] = 0;
    }

    private void close(int level) throws MalformedCheckpointException {
        if (items[level] == 0) {
            throw fault("has an empty array");
        }
        if (shape[level] == UNKNOWN) {
            shape[level] = items[level];
        } else if (shape[level] != items[level]) {
            throw ragged();
        }
    }

    private void number(int level) throws MalformedCheckpointException {
        if (rank == UNKNOWN) {
            rank = level + 1;
        } else if (rank != level + 1) {
            throw ragged();
        }
        float value = (float) source.finiteDouble();
        if (!Float.isFinite(value)) {
            throw fault("holds " + source.string() + ", which no 32-bit float can");
        }
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = value;
        items[level]++;
    }

    private TensorSource tensor() {
        List<Long> lengths = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            lengths.add(shape[axis]);
        }
        MemorySegment bytes = MemorySegment.ofArray(Arrays.copyOf(values, count));
        return new ContiguousTensor(name, DataType.F32, lengths, StoredBytes.of(bytes));
    }

    private MalformedCheckpointException ragged() {
        return fault("is ragged: its rows differ in length or depth");
    }

    private MalformedCheckpointException fault(String reason) {
        return source.fault("the weight \"" + name + "\" " + reason);
    }
}
