/**
 * Safetensors files.
 *
 * <p>{@code SafetensorsReader} reads the header of JSON and checks that tensors fill the file
 * without a gap. May use {@code engine.checkpoint.json}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.safetensors;

import org.jspecify.annotations.NullMarked;
