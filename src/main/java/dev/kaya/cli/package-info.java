/**
 * Commands on the same engine without a web server: {@code generate}, {@code inspect}.
 *
 * <p>May use {@code service} and below.
 */
@NullMarked
package dev.kaya.cli;

import org.jspecify.annotations.NullMarked;
