package dev.kaya.engine.tokenizer;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the tokenizer that lies beside a checkpoint. */
public final class TokenizerFiles {

    private TokenizerFiles() {}

    /**
     * Reads {@code tokenizer.json}, or else {@code vocab.json} with or without {@code merges.txt}.
     *
     * @return empty when none of them is in the folder
     * @throws MalformedCheckpointException when a file is broken, or asks for what is not supported
     */
    public static Optional<Tokenizer> read(Path folder) throws IOException {
        Path tokenizer = folder.resolve("tokenizer.json");
        if (Files.exists(tokenizer)) {
            return Optional.of(TokenizerJson.read(tokenizer));
        }
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        if (Files.exists(vocabulary) && Files.exists(merges)) {
            return Optional.of(VocabularyFiles.readByteLevelBpe(vocabulary, merges));
        }
        return Files.exists(vocabulary)
                ? Optional.of(VocabularyFiles.readCharacters(vocabulary))
                : Optional.empty();
    }
}
