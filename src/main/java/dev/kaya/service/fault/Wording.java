package dev.kaya.service.fault;

import java.util.ArrayList;
import java.util.List;

/** A sentence about a request in which fields stand as locations, for each API to name them. */
public final class Wording {

    private final List<Object> parts;

    private Wording(List<Object> parts) {
        this.parts = parts;
    }

    /**
     * A sentence by its parts.
     *
     * @param parts {@link Location}s, other wordings, and values that are written as they are
     */
    public static Wording of(Object... parts) {
        List<Object> all = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof Wording inner) {
                all.addAll(inner.parts);
            } else {
                all.add(part instanceof Location ? part : String.valueOf(part));
            }
        }
        return new Wording(all);
    }

    /** The sentence as an API writes it. */
    public String in(FieldNames names) {
        var text = new StringBuilder();
        for (Object part : parts) {
            text.append(part instanceof Location place ? place.in(names) : part);
        }
        return text.toString();
    }

    /** The sentence with the names of the native API. */
    @Override
    public String toString() {
        return in(FieldNames.NATIVE);
    }
}
