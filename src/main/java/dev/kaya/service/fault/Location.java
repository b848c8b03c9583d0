package dev.kaya.service.fault;

/** A place in a request: a field, or something inside of it. */
public sealed interface Location permits RequestField, Location.Inside {

    /** The field. */
    RequestField field();

    /**
     * What follows its name, such as {@code [3]} or {@code .pattern}; empty for the field itself.
     */
    String within();

    /** A place inside of this one. */
    default Location at(String inner) {
        return new Inside(field(), within() + inner);
    }

    /** The place as an API writes it. */
    default String in(FieldNames names) {
        return names.of(field()) + within();
    }

    /**
     * A place inside of a field.
     *
     * @param field that holds it
     * @param within what follows the name of the field
     */
    record Inside(RequestField field, String within) implements Location {
        @Override
        public String toString() {
            return field + within;
        }
    }
}
