/**
 * What the documents say is what Kaya does.
 *
 * <p>{@code DocumentsTest} follows links and looks at every block and name; {@code
 * DocumentTablesTest} and {@code DocumentTablesIT} compare tables with the code and with a server;
 * {@code DocumentsIT} runs every command that stands with its answer; {@code SizingIT} asks {@code
 * inspect} for the table of sizes.
 */
@NullMarked
package dev.kaya.documents;

import org.jspecify.annotations.NullMarked;
