/**
 * An automaton over bytes laid over the tokens of a vocabulary.
 *
 * <p>A {@code ConstraintVocabulary} holds the tokens as a trie; {@code TokenAutomaton} counts for
 * every state the fewest tokens to an end; a {@code Constraint} is that for one request, and its
 * state follows one text. May use {@code engine.constraint.automaton} and {@code engine.sampling},
 * whose {@code TokenConstraint} it is.
 */
@NullMarked
package dev.kaya.engine.constraint.token;

import org.jspecify.annotations.NullMarked;
