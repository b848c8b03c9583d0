/**
 * Commands on the same engine without a web server: {@code generate}, {@code inspect}, {@code
 * bench}, {@code convert}, {@code archive}.
 *
 * <p>{@code Invocation} tells a command from the start of a server and from a mistake; picocli
 * reads the options of a command; {@code UsageLine} and {@code FaultLine} say in one line what was
 * wrong with them, or what failed. The request of {@code generate} is read field by field, by the
 * names that HTTP has, so that a field is called the same wherever it is given.
 *
 * <p>May use {@code service}, {@code benchmark} and below.
 */
@NullMarked
package dev.kaya.cli;

import org.jspecify.annotations.NullMarked;
