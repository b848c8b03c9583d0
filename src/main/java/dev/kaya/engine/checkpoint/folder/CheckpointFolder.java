package dev.kaya.engine.checkpoint.folder;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.MappedFile;
import dev.kaya.engine.checkpoint.pytorch.PytorchZipReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The weight file of a checkpoint and the files that lie beside it.
 *
 * @param weights what {@link CheckpointReader#open} takes
 * @param config {@code config.json}, if there
 * @param generationConfig {@code generation_config.json}, if there
 * @param tokenizer the files that may describe the tokenizer
 */
public record CheckpointFolder(
        Path weights,
        @Nullable Path config,
        @Nullable Path generationConfig,
        TokenizerFiles tokenizer) {

    /**
     * Files that describe a tokenizer, each null when it is not there; the order is that of
     * precedence.
     *
     * @param tokenizerJson {@code tokenizer.json}
     * @param vocabJson {@code vocab.json}
     * @param merges {@code merges.txt}
     * @param sentencePiece {@code tokenizer.model}
     * @param llama2c {@code tokenizer.bin}
     * @param metaPickle {@code meta.pkl}
     * @param settings what belongs to others of them
     */
    public record TokenizerFiles(
            @Nullable Path tokenizerJson,
            @Nullable Path vocabJson,
            @Nullable Path merges,
            @Nullable Path sentencePiece,
            @Nullable Path llama2c,
            @Nullable Path metaPickle,
            TokenizerSettings settings) {}

    /**
     * Files that say more about a tokenizer, each null when it is not there.
     *
     * @param config {@code tokenizer_config.json}
     * @param specialTokensMap {@code special_tokens_map.json}
     * @param addedTokens {@code added_tokens.json}
     */
    public record TokenizerSettings(
            @Nullable Path config, @Nullable Path specialTokensMap, @Nullable Path addedTokens) {}

    private static final String MODEL = "model.safetensors";
    private static final String SAFETENSORS_INDEX = ".safetensors.index.json";
    private static final String INDEX = ".index.json";
    private static final int MAX_FILES = 10_000;

    private static final Set<String> ENDINGS_OF_WEIGHTS =
            Set.of("pt", "pth", "ckpt", "bin", "pkl", "safetensors", "gguf", "npz", "tar");

    /** Files with such endings that are none. */
    private static final Set<String> TOKENIZERS = Set.of("tokenizer", "meta", "vocab");

    /** What trainers write beside the weights in the same container. */
    private static final List<String> TRAINING_STATE =
            List.of("optim", "scheduler", "scaler", "rng_state", "training_args");

    /**
     * Finds the files of a checkpoint.
     *
     * <p>A file is the weight file itself. In a folder it is {@code *.safetensors.index.json}, else
     * {@code model.safetensors}, else another {@code *.index.json}, else the only file whose
     * content is one of weights, leaving out the training state that trainers write beside them
     * ({@code optimizer.pt}, {@code scheduler.pt}, {@code rng_state.pth} and the like).
     *
     * @throws MalformedCheckpointException when there is no weight file or more than one
     * @throws IOException when the folder cannot be read
     */
    public static CheckpointFolder find(Path path) throws IOException {
        try {
            return found(path);
        } catch (FileSystemException e) {
            throw UnreadableFile.explained(path, e);
        }
    }

    private static CheckpointFolder found(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return around(weightsIn(path));
        }
        Files.readAttributes(path, BasicFileAttributes.class); // which says why it cannot be read
        ShardName part = ShardName.of(path);
        if (part != null) {
            throw onlyAPart(path, part);
        }
        return around(path);
    }

    private static CheckpointFolder around(Path weights) {
        TokenizerFiles tokenizer =
                new TokenizerFiles(
                        beside(weights, "tokenizer.json"),
                        beside(weights, "vocab.json"),
                        beside(weights, "merges.txt"),
                        beside(weights, "tokenizer.model"),
                        beside(weights, "tokenizer.bin"),
                        beside(weights, "meta.pkl"),
                        new TokenizerSettings(
                                beside(weights, "tokenizer_config.json"),
                                beside(weights, "special_tokens_map.json"),
                                beside(weights, "added_tokens.json")));
        return new CheckpointFolder(
                weights,
                beside(weights, "config.json"),
                beside(weights, "generation_config.json"),
                tokenizer);
    }

    private static @Nullable Path beside(Path weights, String name) {
        Path file = weights.resolveSibling(name);
        return Files.isRegularFile(file) ? file : null;
    }

    private static Path weightsIn(Path folder) throws IOException {
        List<Path> files = files(folder);
        List<Path> indexes = endingWith(files, SAFETENSORS_INDEX);
        if (!indexes.isEmpty()) {
            return only(folder, indexes);
        }
        Path model = folder.resolve(MODEL);
        if (Files.isRegularFile(model)) {
            return model;
        }
        indexes = endingWith(files, INDEX);
        if (!indexes.isEmpty()) {
            return only(folder, indexes);
        }
        List<Path> candidates = new ArrayList<>();
        for (Path file : files) {
            if (!isTrainingState(file) && isWeights(file)) {
                candidates.add(file);
            }
        }
        for (Path candidate : candidates) {
            ShardName part = ShardName.of(candidate);
            if (part != null) {
                throw onlyAPart(candidate, part);
            }
        }
        if (candidates.isEmpty()) {
            refuseWhatLooksLikeWeights(files);
        }
        return only(folder, candidates);
    }

    /** The one that a user takes for the weights says itself why it is none. */
    private static void refuseWhatLooksLikeWeights(List<Path> files) throws IOException {
        for (Path file : files) {
            if (!isTrainingState(file) && hasEndingOfWeights(file)) {
                CheckpointReader.open(file).close();
            }
        }
    }

    private static MalformedCheckpointException onlyAPart(Path file, ShardName part) {
        String index = part.index();
        return new MalformedCheckpointException(
                file,
                -1,
                "this is one of "
                        + part.count()
                        + " parts of a checkpoint; "
                        + (Files.isRegularFile(file.resolveSibling(index))
                                ? "name " + index + " or the folder instead"
                                : "put "
                                        + index
                                        + ", which lies with them where they come from,"
                                        + " beside all of them, and name it or the folder"));
    }

    private static Path only(Path folder, List<Path> candidates)
            throws MalformedCheckpointException {
        if (candidates.isEmpty()) {
            throw new MalformedCheckpointException(
                    folder,
                    -1,
                    "no weight file in this folder; looked for *.index.json, model.safetensors and"
                            + " any file of safetensors, PyTorch, GGUF, llama2.c or JSON weights");
        }
        if (candidates.size() > 1) {
            List<String> names = new ArrayList<>();
            candidates.forEach(file -> names.add(name(file)));
            throw new MalformedCheckpointException(
                    folder,
                    -1,
                    "several weight files in this folder: "
                            + String.join(", ", names)
                            + "; name the one to serve");
        }
        return candidates.getFirst();
    }

    /** The regular files that are not hidden, by name. */
    private static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (files.size() == MAX_FILES) {
                    throw new MalformedCheckpointException(
                            folder, -1, "more than " + MAX_FILES + " files; name the weight file");
                }
                if (Files.isRegularFile(entry) && !name(entry).startsWith(".")) {
                    files.add(entry);
                }
            }
        }
        files.sort(null);
        return files;
    }

    private static List<Path> endingWith(List<Path> files, String suffix) {
        List<Path> matches = new ArrayList<>();
        for (Path file : files) {
            if (name(file).endsWith(suffix)) {
                matches.add(file);
            }
        }
        return matches;
    }

    private static boolean isTrainingState(Path file) {
        String name = name(file).toLowerCase(Locale.ROOT);
        for (String prefix : TRAINING_STATE) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasEndingOfWeights(Path file) {
        String name = name(file).toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        return dot > 0
                && ENDINGS_OF_WEIGHTS.contains(name.substring(dot + 1))
                && !TOKENIZERS.contains(name.substring(0, dot));
    }

    /** A file that nobody lets us read counts if it is named like weights. */
    private static boolean isWeights(Path file) throws IOException {
        try {
            return isReadableWeights(file);
        } catch (AccessDeniedException _) {
            return hasEndingOfWeights(file);
        }
    }

    private static boolean isReadableWeights(Path file) throws IOException {
        return switch (Container.of(file)) {
            case SAFETENSORS, PYTORCH_LEGACY, GGUF, LLAMA2C -> true;
            case ZIP -> isTorchZip(file);
            case JSON -> JsonWeightsSniffer.isWeights(file);
            case PICKLE, TAR, GIT_LFS, UNKNOWN -> false;
        };
    }

    private static boolean isTorchZip(Path file) throws IOException {
        try (MappedFile mapped = MappedFile.open(file)) {
            return PytorchZipReader.isWeights(mapped);
        }
    }

    private static String name(Path file) {
        Path name = file.getFileName();
        return name == null ? "" : name.toString();
    }
}
