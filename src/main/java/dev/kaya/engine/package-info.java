/**
 * The façade of the decoding engine: {@code ModelLoader} turns a path into a {@code LoadedModel},
 * {@code Inspection} says what a checkpoint is without reading its weights.
 *
 * <p>The way of a checkpoint goes through the rooms below: {@code checkpoint} opens the file,
 * {@code settings}, {@code dialect} and {@code architecture} say what it is, {@code tokenizer}
 * finds its texts, {@code resolve} holds all of that together, {@code weights} packs the tensors
 * for {@code model}, which computes with {@code tensor}; {@code sampling} and {@code constraint}
 * pick tokens. A new dialect is an entry in a table, not a new class. No Spring here or below.
 *
 * <p>Rooms above use of those rooms only:
 *
 * <ul>
 *   <li>{@code engine.checkpoint}: PrintableText
 *   <li>{@code engine.checkpoint.folder}: UnreadableFile
 *   <li>{@code engine.constraint}: ConstraintException, ConstraintMemory
 *   <li>{@code engine.constraint.compile}: ConstraintCompiler
 *   <li>{@code engine.constraint.token}: Constraint, ConstraintVocabulary
 *   <li>{@code engine.convert}: CheckpointConverter
 *   <li>{@code engine.dialect}: DialectGuess
 *   <li>{@code engine.model}: ActivationBytes, KvCache, KvCacheType, KvPool, PrefixSharing,
 *       RopeScaling, StepBatch, Transformer, TransformerConfig, TransformerModel,
 *       TransformerWeights
 *   <li>{@code engine.resolve}: Assumption, GenerationDefaults, SpecialTokens
 *   <li>{@code engine.sampling}: BeamSearch, Filters, LogSoftmax, LogitBias, Penalties, Sampler,
 *       SamplingParams, TokenConstraint, TokenHistory, TokenLogprobs
 *   <li>{@code engine.tensor}: WorkerPool
 *   <li>{@code engine.tensor.kernel}: KernelChoice, KernelPreference, KernelProvider, Kernels
 *   <li>{@code engine.tensor.matrix}: DataType, PackedMatrix, Rows
 *   <li>{@code engine.tensor.roofline}: Roofline
 *   <li>{@code engine.tokenizer}: TokenDecoder, Tokenizer, UnencodableTextException, WellFormedText
 *   <li>{@code engine.weights}: WeightFormat
 * </ul>
 *
 * <p>{@code RoomsTest} reads this list: what is not on it may not be used, and what is must be.
 */
@NullMarked
package dev.kaya.engine;

import org.jspecify.annotations.NullMarked;
