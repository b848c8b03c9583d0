/**
 * What can be wrong with a request, or with the server, and whose fault that is.
 *
 * <p>One sealed exception that each API renders in its own shape.
 */
@NullMarked
package dev.kaya.service.fault;

import org.jspecify.annotations.NullMarked;
