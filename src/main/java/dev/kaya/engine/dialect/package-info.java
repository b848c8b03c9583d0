/**
 * The names and the layout of tensors, one entry a dialect.
 *
 * <p>{@code NamedTensors} finds the {@code Dialect} whose names a checkpoint has, in the tables
 * {@code Dialects} and {@code GgufDialects} or in a map that its user wrote ({@code
 * MappedDialect}), and hands out tensors by their {@code WeightRole}. Where none fits, {@code
 * DialectGuess} says which come near. May use {@code engine.settings}, {@code engine.model} (for
 * the kinds of its configuration) and what stands below. A dialect is data and not a class, so that
 * a new one is a line in a table.
 */
@NullMarked
package dev.kaya.engine.dialect;

import org.jspecify.annotations.NullMarked;
