/**
 * Bytes on disk to named tensors and metadata.
 *
 * <p>Knows containers (safetensors, PyTorch, JSON), not models: what a tensor is for is decided by
 * the room {@code engine}. May use {@code engine.tensor} for its storage types. Every length,
 * count, offset and shape is checked before memory is taken for it, because checkpoints come from
 * anywhere.
 */
@NullMarked
package dev.kaya.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
