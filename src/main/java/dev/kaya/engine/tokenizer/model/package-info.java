/**
 * Words to token ids.
 *
 * <p>{@code BpeModel}, {@code WordLevelModel} and {@code CharacterModel} look words up in a {@code
 * Vocabulary}, which a {@code VocabularyBuilder} collects strictly. May use {@code
 * engine.tokenizer.spelling}.
 */
@NullMarked
package dev.kaya.engine.tokenizer.model;

import org.jspecify.annotations.NullMarked;
