/**
 * Commands on the same engine without a web server: {@code generate}, {@code inspect}, {@code
 * bench}.
 *
 * <p>May use {@code service}, {@code benchmark} and below.
 */
@NullMarked
package dev.kaya.cli;

import org.jspecify.annotations.NullMarked;
