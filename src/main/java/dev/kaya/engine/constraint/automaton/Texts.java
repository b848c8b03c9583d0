package dev.kaya.engine.constraint.automaton;

/**
 * A set of texts.
 *
 * @param expression that tells the place of what cannot be written
 * @param dfa that accepts them
 */
public record Texts(Expression expression, Dfa dfa) {}
