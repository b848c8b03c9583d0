/**
 * Which models there are, and what they need.
 *
 * <p>{@code MemoryPlan} reckons what a model will take before its weights are read. May use {@code
 * scheduler} and what stands below.
 */
@NullMarked
package dev.kaya.registry;

import org.jspecify.annotations.NullMarked;
