/**
 * Text to token ids and back.
 *
 * <p>May use {@code engine.checkpoint} and {@code engine.tensor}. Tokens are bytes here, not
 * strings, because half a character is a legal token and a stream must never send one.
 */
@NullMarked
package dev.kaya.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
