/**
 * What decodes, whatever it is.
 *
 * <p>A {@code Backend} takes requests that are checked and hands out a stream of events for each; a
 * {@code ModelCard} describes its model. Rooms above use nothing else of the engine that decodes.
 * May use {@code scheduler} and what stands below: the words of a request and of its events are
 * theirs.
 */
@NullMarked
package dev.kaya.backend;

import org.jspecify.annotations.NullMarked;
