/**
 * The steps from a text to words.
 *
 * <p>{@code PipelineTokenizer} cuts added tokens out ({@code AddedTokens}), rewrites the rest
 * ({@code TextNormalizer}), cuts it into words ({@code PreTokenizer} with its {@code
 * WordSplitter}s) and asks the model for each. May use {@code engine.tokenizer.model}.
 */
@NullMarked
package dev.kaya.engine.tokenizer.pipeline;

import org.jspecify.annotations.NullMarked;
