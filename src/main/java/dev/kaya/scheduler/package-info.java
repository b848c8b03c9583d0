/**
 * Who decodes in this step; the one thread that owns all mutable engine state.
 *
 * <p>May use {@code engine} and below. Callers hand over a request through a bounded inbox and hold
 * a stream of events; only a cancel flag travels backwards.
 */
@NullMarked
package dev.kaya.scheduler;

import org.jspecify.annotations.NullMarked;
