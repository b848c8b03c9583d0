/**
 * What the files of a checkpoint say about its model, under any of the usual names.
 *
 * <p>{@code ConfigValues} reads a setting by its meaning ({@code Setting}): from the metadata of
 * the weight file, from {@code config.json}, and from the objects that training code wraps around
 * them. May use {@code engine.checkpoint}. A setting has many names because every training program
 * has its own; nothing above looks for a name itself.
 */
@NullMarked
package dev.kaya.engine.settings;

import org.jspecify.annotations.NullMarked;
