/**
 * Readers of the files and metadata that hold tokenizers.
 *
 * <p>{@code TokenizerJson}, {@code VocabularyFiles}, {@code SentencePieceModel}, {@code
 * Llama2cVocabulary}, {@code GgufVocabulary}, {@code CarriedVocabulary} and {@code PlainVocabulary}
 * make a {@code Tokenizer} of what lies beside a checkpoint or in it. May use {@code
 * engine.tokenizer.pipeline} and {@code engine.checkpoint}. What a file asks for and is not
 * computed is refused, since ids that differ in one rare case are found last.
 */
@NullMarked
package dev.kaya.engine.tokenizer.read;

import org.jspecify.annotations.NullMarked;
