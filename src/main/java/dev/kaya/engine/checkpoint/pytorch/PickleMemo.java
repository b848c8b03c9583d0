package dev.kaya.engine.checkpoint.pytorch;

import dev.kaya.engine.checkpoint.ByteCursor;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle has put aside, by number. Python numbers in the order of the pickle, from 0 or 1,
 * so that a number far beyond those in use is a fault and a list is all that is needed.
 */
final class PickleMemo {

    /** Stands where nothing was put yet. */
    private enum Gap {
        GAP
    }

    /** How far numbers may run ahead of those in use, besides twice as many. */
    private static final int MAX_GAP = 256;

    private final ByteCursor in;
    private final List<@Nullable Object> values = new ArrayList<>();
    private long puts;

    PickleMemo(ByteCursor in) {
        this.in = in;
    }

    void add(@Nullable Object value) {
        puts++;
        values.add(value);
    }

    void put(long number, @Nullable Object value) throws MalformedCheckpointException {
        if (number < 0 || number > 2 * ++puts + MAX_GAP) {
            throw in.fault("the pickle sets memo " + number + ", far from the others");
        }
        while (values.size() <= number) {
            values.add(Gap.GAP);
        }
        values.set((int) number, value);
    }

    @Nullable Object get(long number) throws MalformedCheckpointException {
        boolean known = number >= 0 && number < values.size();
        Object value = known ? values.get((int) number) : Gap.GAP;
        if (value instanceof Gap) {
            throw in.fault("the pickle recalls memo " + number + ", which was never set");
        }
        return value;
    }
}
