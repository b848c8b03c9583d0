/**
 * Writing a checkpoint anew for other programs.
 *
 * <p>{@code CheckpointConverter} takes a resolved checkpoint, chooses the architecture of the
 * target ({@code Family}), and writes tensors ({@code GgufWriter}, {@code SafetensorsWriter}),
 * settings ({@code ConvertedConfig}) and tokenizer ({@code ConvertedTokenizer}, {@code
 * GgufTokenizerJson}, {@code GgufTokenizerKeys}). May use {@code engine.weights} and what stands
 * below. What a target has no place for is refused: a file that loads and computes something else
 * would be worse than none.
 */
@NullMarked
package dev.kaya.engine.convert;

import org.jspecify.annotations.NullMarked;
