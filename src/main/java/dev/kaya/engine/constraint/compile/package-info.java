/**
 * Response formats to constraints, within a budget.
 *
 * <p>{@code ConstraintCompiler} compiles on a thread of its own ({@code CompilationQueue}) and
 * keeps what was used last ({@code CompiledConstraints}). May use the other packages of {@code
 * engine.constraint}.
 */
@NullMarked
package dev.kaya.engine.constraint.compile;

import org.jspecify.annotations.NullMarked;
