/**
 * A path to a checkpoint that is understood, once for serving, inspecting and converting it.
 *
 * <p>{@code ResolvedCheckpoint} opens the file and goes from settings to named tensors,
 * configuration, tokenizer and special tokens, each made when it is first asked for; nothing of
 * size is read. {@code Assumptions} says what no file states. May use {@code engine.architecture},
 * {@code engine.tokenizer} and what stands below. Stages are lazy because {@code inspect} shows as
 * much of a broken checkpoint as can be understood, while a server stops at the first fault.
 */
@NullMarked
package dev.kaya.engine.resolve;

import org.jspecify.annotations.NullMarked;
