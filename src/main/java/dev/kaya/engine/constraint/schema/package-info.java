/**
 * JSON Schema to expressions.
 *
 * <p>{@code SchemaReader} reads a schema into its {@code SchemaAlternative}s, strictly; {@code
 * SchemaCompiler} writes each as the texts that meet it ({@code ObjectTexts}, {@code ArrayTexts},
 * {@code StringTexts}, {@code NumberTexts}). May use {@code engine.constraint.automaton} and {@code
 * engine.constraint.regex}. Recursive schemas are unrolled to a bounded depth: one finite automaton
 * is what makes the number of tokens to an end exact.
 */
@NullMarked
package dev.kaya.engine.constraint.schema;

import org.jspecify.annotations.NullMarked;
