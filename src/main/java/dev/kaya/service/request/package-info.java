/**
 * A request, checked.
 *
 * <p>{@code RequestValidator} makes a request of the engine of it, with a parser for each group of
 * fields ({@code SamplingParser}, {@code StopParser}, {@code OutputParser}, {@code
 * BeamSearchParser}, {@code ResponseFormatParser}). May use {@code service.fault} and the rooms
 * below. Parsed once: nothing below looks at a field again.
 */
@NullMarked
package dev.kaya.service.request;

import org.jspecify.annotations.NullMarked;
