/**
 * Finite automata over the bytes of UTF-8.
 *
 * <p>An {@code Expression} becomes a nondeterministic automaton ({@code Nfa}), that a deterministic
 * one ({@code Determiniser}), and that the smallest of its kind ({@code Minimiser}): a {@code Dfa}.
 * May use the budget of {@code engine.constraint} alone.
 */
@NullMarked
package dev.kaya.engine.constraint.automaton;

import org.jspecify.annotations.NullMarked;
