package dev.kaya.engine.constraint.schema;

/** The types of JSON Schema, of which numbers that are not whole are one. */
enum ValueType {
    NULL,
    BOOLEAN,
    INTEGER,
    FRACTION,
    STRING,
    ARRAY,
    OBJECT
}
