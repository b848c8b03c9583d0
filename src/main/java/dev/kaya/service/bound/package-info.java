/**
 * Bounds that all requests share: memory and work.
 *
 * <p>May use {@code service.fault}.
 */
@NullMarked
package dev.kaya.service.bound;

import org.jspecify.annotations.NullMarked;
