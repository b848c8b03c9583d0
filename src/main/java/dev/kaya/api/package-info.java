/**
 * HTTP and server-sent events: requests in, events out, errors as problem details.
 *
 * <p>Wire records carry their JSON names, so that the documentation shows what is served. May use
 * {@code service} and below.
 */
@NullMarked
package dev.kaya.api;

import org.jspecify.annotations.NullMarked;
