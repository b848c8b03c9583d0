/**
 * Files of {@code torch.save}, old and new.
 *
 * <p>{@code PytorchZipReader} and {@code PytorchLegacyReader} find pickle and storages; {@code
 * Unpickler} reads the pickle as data, {@code PickleCalls} and {@code TorchCalls} know the few
 * functions that may stand in it; {@code StateDict} and {@code ModuleTree} find the weights in what
 * comes out. May use {@code engine.checkpoint}. A pickle is a program; this one is never run.
 */
@NullMarked
package dev.kaya.engine.checkpoint.pytorch;

import org.jspecify.annotations.NullMarked;
