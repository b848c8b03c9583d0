/**
 * Faults in the shape of the native API: problem details, RFC 9457.
 *
 * <p>{@code Problem} is the record, {@code ProblemWriter} writes it whatever the client accepts.
 * May use {@code service.fault}.
 */
@NullMarked
package dev.kaya.api.problem;

import org.jspecify.annotations.NullMarked;
