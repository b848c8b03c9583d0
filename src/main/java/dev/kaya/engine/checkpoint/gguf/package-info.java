/**
 * GGUF files.
 *
 * <p>{@code GgufReader} reads the table of tensors, {@code GgufMetadata} the keys. May use {@code
 * engine.checkpoint}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
