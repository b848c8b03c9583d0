/**
 * What an answer must look like, as an automaton over tokens.
 *
 * <p>A regular expression ({@code RegexParser}) or a JSON Schema ({@code SchemaCompiler}) becomes
 * an {@code Expression}, that a nondeterministic automaton over the bytes of UTF-8, and that the
 * smallest deterministic one ({@code Dfa}). A {@code TokenAutomaton} lays the vocabulary's tokens
 * over it and counts, for every state, the fewest tokens to an end; a {@code ConstraintState}
 * follows one answer and tells which tokens may come next, so that it can still be finished with
 * the tokens that are left.
 *
 * <p>May use {@code engine.tokenizer}. Automata work on bytes, and not on characters, because a
 * token may hold half a character. Recursive schemas are unrolled to a bounded depth: one finite
 * automaton is what makes the number of tokens to an end exact and a mask a plain set of bits.
 */
@NullMarked
package dev.kaya.engine.constraint;

import org.jspecify.annotations.NullMarked;
