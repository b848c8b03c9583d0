/**
 * An answer, as it comes or whole.
 *
 * <p>A {@code Generation} reads the stream of the engine; folded, its events are a {@code
 * GenerationResult}. May use {@code service.request} and {@code service.bound}. Texts are made from
 * their tokens when they are read, so that an answer of many megabytes is never held as characters.
 */
@NullMarked
package dev.kaya.service.answer;

import org.jspecify.annotations.NullMarked;
