/** The door of Kaya: starts the server, or hands over to a command of the command line. */
@NullMarked
package dev.kaya;

import org.jspecify.annotations.NullMarked;
