/**
 * The two versions of llama2.c's own file format.
 *
 * <p>{@code Llama2cHeader} recognises them, {@code Llama2cReader} lays out the tensors. May use
 * {@code engine.checkpoint}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.llama2c;

import org.jspecify.annotations.NullMarked;
