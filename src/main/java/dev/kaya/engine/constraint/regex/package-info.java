/**
 * Regular expressions to expressions.
 *
 * <p>{@code RegexParser} reads the dialect that ECMAScript and {@code java.util.regex} share. May
 * use {@code engine.constraint.automaton}.
 */
@NullMarked
package dev.kaya.engine.constraint.regex;

import org.jspecify.annotations.NullMarked;
