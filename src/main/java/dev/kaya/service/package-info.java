/**
 * The use case: validate, tokenize, submit, observe.
 *
 * <p>Parses a request once into a request that nothing below checks again. May use {@code
 * scheduler} and {@code engine}.
 */
@NullMarked
package dev.kaya.service;

import org.jspecify.annotations.NullMarked;
