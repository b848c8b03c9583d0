/**
 * The native API: wire records and controllers of {@code /v1/generate} and what goes with it.
 *
 * <p>A controller binds JSON to its record, makes a request of the service of it, and writes events
 * or the answer. May use {@code api.web}, {@code api.problem}, {@code service} and what stands
 * below. Names on the wire stand in {@code @JsonProperty}, so that Swagger shows what is served.
 */
@NullMarked
package dev.kaya.api.v1;

import org.jspecify.annotations.NullMarked;
