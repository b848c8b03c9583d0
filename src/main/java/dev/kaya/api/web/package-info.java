/**
 * What belongs to a connection and a body, whichever API is spoken on it.
 *
 * <p>{@code RequestDoor} reads a body within its bounds ({@code BodyIntake}, {@code CheckedParser})
 * and takes a permit; {@code ClientConnection} and {@code ClientWatch} know whether the client is
 * still there; {@code EventStream} writes server-sent events; {@code AccessLog} a line a request.
 * May use {@code api.problem} and {@code service}.
 */
@NullMarked
package dev.kaya.api.web;

import org.jspecify.annotations.NullMarked;
