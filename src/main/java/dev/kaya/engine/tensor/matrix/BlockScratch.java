package dev.kaya.engine.tensor.matrix;

import java.util.EnumMap;
import java.util.Map;

/** A block of each quantised type to take apart in, made when it is wanted. Not thread-safe. */
final class BlockScratch {

    private final Map<DataType, QuantBlock> blocks = new EnumMap<>(DataType.class);

    QuantBlock of(DataType type) {
        QuantBlock block = blocks.get(type);
        if (block == null) {
            block = new QuantBlock(type);
            blocks.put(type, block);
        }
        return block;
    }
}
