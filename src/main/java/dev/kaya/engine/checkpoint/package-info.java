/**
 * Bytes on disk to named tensors and metadata.
 *
 * <p>The main flow: {@link dev.kaya.engine.checkpoint.folder.CheckpointFolder#find} names the
 * weight file and what lies beside it, {@link
 * dev.kaya.engine.checkpoint.folder.CheckpointReader#open} recognises its container by content and
 * hands out a {@link dev.kaya.engine.checkpoint.Checkpoint}; {@link
 * dev.kaya.engine.checkpoint.json.JsonFile} and {@link
 * dev.kaya.engine.checkpoint.pytorch.PickleFile} read the companions. A new container is a value of
 * {@code Container}, a reader, and a line in {@code CheckpointReader}.
 *
 * <p>Knows containers (safetensors, PyTorch, GGUF, llama2.c, JSON), not models: what a tensor is
 * for is decided by the room {@code engine}. May use {@code engine.tensor} for its storage types.
 *
 * <p>Why so strict: checkpoints come from anywhere. Every length, count, offset and shape is
 * checked before memory is taken for it, and a pickle is read as data, so that nothing in a file
 * can run code or load a class.
 */
@NullMarked
package dev.kaya.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
