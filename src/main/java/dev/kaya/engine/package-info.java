/**
 * The façade of the decoding engine: {@code ModelLoader} turns a path into a {@code LoadedModel}.
 *
 * <p>Recognises the dialect of a checkpoint by a table, asks {@code engine.checkpoint} for its
 * tensors, packs them for {@code engine.model} and finds its {@code engine.tokenizer}. A new
 * dialect is an entry in that table, not a new class. No Spring here or below.
 */
@NullMarked
package dev.kaya.engine;

import org.jspecify.annotations.NullMarked;
