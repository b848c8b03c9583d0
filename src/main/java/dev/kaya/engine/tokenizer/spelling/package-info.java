/**
 * How a token is written in a file, and which bytes it stands for.
 *
 * <p>{@code ByteAlphabet}, {@code PieceSpelling} and {@code WordSpelling} are the three ways there
 * are; each makes the {@code TokenDecoder} of its kind. May use {@code engine.tokenizer} itself.
 */
@NullMarked
package dev.kaya.engine.tokenizer.spelling;

import org.jspecify.annotations.NullMarked;
