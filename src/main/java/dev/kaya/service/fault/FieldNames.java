package dev.kaya.service.fault;

/** What an API calls the fields of a request. */
@FunctionalInterface
public interface FieldNames {

    /** The names of the native API, which the command line uses too. */
    FieldNames NATIVE = RequestField::toString;

    /** The name of a field. */
    String of(RequestField field);
}
