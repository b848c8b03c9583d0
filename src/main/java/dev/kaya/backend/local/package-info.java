/**
 * The backend that is Kaya's own engine: a loaded model and the loop that decodes it.
 *
 * <p>May use {@code backend} and what stands below.
 */
@NullMarked
package dev.kaya.backend.local;

import org.jspecify.annotations.NullMarked;
