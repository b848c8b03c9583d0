/**
 * A path to an open checkpoint.
 *
 * <p>{@code CheckpointFolder} names the weight file and what lies beside it; {@code
 * CheckpointReader} recognises the {@code Container} by its content and opens it, {@code
 * ShardedReader} one in parts. May use all other packages of {@code engine.checkpoint}.
 */
@NullMarked
package dev.kaya.engine.checkpoint.folder;

import org.jspecify.annotations.NullMarked;
