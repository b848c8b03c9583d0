/**
 * Text to token ids and back.
 *
 * <p>Readers make a {@code Tokenizer} of what lies beside a checkpoint or in it: {@code
 * TokenizerJson}, {@code VocabularyFiles}, {@code SentencePieceModel}, {@code Llama2cVocabulary},
 * {@code GgufVocabulary}, {@code CarriedVocabulary} and {@code PlainVocabulary}; {@code
 * Gpt2Vocabulary} is at hand for those that have none. They collect tokens, strictly, in a {@code
 * VocabularyBuilder}, and say what happens to a text in the steps of {@code PipelineTokenizer}:
 * added tokens are cut out, a {@code TextNormalizer} rewrites the rest, {@code WordSplitter}s cut
 * it into words, and a {@code WordModel} looks each word up or merges its parts ({@code BpeModel},
 * {@code WordMerger}). Generated tokens become text in a {@code TokenDecoder}.
 *
 * <p>May use {@code engine.checkpoint} and {@code engine.tensor}. Tokens are bytes here, not
 * strings, because half a character is a legal token and a stream must never send one.
 *
 * <p>The reference is Hugging Face's {@code tokenizers}, and SentencePiece for its own files. Where
 * they know another Unicode than Java 25, which has that of version 16, ids may differ for the
 * characters that came between: the library's normal forms are those of Unicode 9, its {@code
 * Punctuation} is that of 8, its {@code Digits} and {@code Lowercase} are those of 17; all split
 * patterns have 16, as here.
 */
@NullMarked
package dev.kaya.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
