package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Pattern;
import dev.kaya.engine.tokenizer.pipeline.CharacterMap;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer.Prefix;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads SentencePiece's {@code tokenizer.model}: a {@code ModelProto} of type BPE.
 *
 * <p>A {@link TokenizerConfig} beside it tells whether a text gets a BOS in front (it does, unless
 * told otherwise), and adds tokens. Those, and the control pieces, cut a text; what follows a
 * special one gets a space in front too, unless the configuration says that it is not "legacy".
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">
 *     sentencepiece_model.proto</a>
 */
public final class SentencePieceModel {

    /** The largest file read; the largest in use have five megabytes. */
    private static final int LARGEST_FILE = 32 << 20;

    private static final long UNIGRAM = 1;
    private static final long BPE = 2;

    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();

    private long modelType = UNIGRAM;
    private boolean spaceBehind;
    private long bosId = 1;
    private boolean prefixesSpace = true;
    private boolean removesExtraSpaces = true;
    private boolean signsSpaces = true;
    private byte @Nullable [] characterMap;

    private record Piece(String text, float score, Kind kind) {}

    private SentencePieceModel(Path file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @throws MalformedCheckpointException when it is broken, or asks for what is not supported
     * @throws IOException when it cannot be read
     */
    public static Tokenizer read(Path file, TokenizerConfig config) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(LARGEST_FILE + 1);
            if (bytes.length > LARGEST_FILE) {
                throw new MalformedCheckpointException(
                        file, -1, "it is larger than %d bytes".formatted(LARGEST_FILE));
            }
            var model = new SentencePieceModel(file);
            model.readModel(new ProtobufReader(file, bytes));
            return model.tokenizer(config);
        }
    }

    private void readModel(ProtobufReader model) throws MalformedCheckpointException {
        while (model.hasField()) {
            switch (model.field()) {
                case 1 -> readPiece(model.message());
                case 2 -> readTrainer(model.message());
                case 3 -> readNormalizer(model.message());
                default -> model.skip();
            }
        }
    }

    private void readPiece(ProtobufReader piece) throws MalformedCheckpointException {
        String text = "";
        float score = 0;
        long kind = 1;
        while (piece.hasField()) {
            switch (piece.field()) {
                case 1 -> text = piece.string();
                case 2 -> score = piece.float32();
                case 3 -> kind = piece.integer();
                default -> piece.skip();
            }
        }
        Kind known = Kind.of(kind);
        if (known == null || pieces.size() == VocabularyBuilder.ID_LIMIT) {
            throw piece.malformed(
                    known == null
                            ? "a piece has the unknown type " + kind
                            : "there are more than " + VocabularyBuilder.ID_LIMIT + " pieces");
        }
        pieces.add(new Piece(text, score, known));
    }

    private void readTrainer(ProtobufReader trainer) throws MalformedCheckpointException {
        while (trainer.hasField()) {
            switch (trainer.field()) {
                case 3 -> modelType = trainer.integer();
                case 24 -> spaceBehind = trainer.flag();
                case 41 -> bosId = trainer.integer();
                default -> trainer.skip();
            }
        }
    }

    private void readNormalizer(ProtobufReader normalizer) throws MalformedCheckpointException {
        while (normalizer.hasField()) {
            switch (normalizer.field()) {
                case 2 -> characterMap = normalizer.bytes();
                case 3 -> prefixesSpace = normalizer.flag();
                case 4 -> removesExtraSpaces = normalizer.flag();
                case 5 -> signsSpaces = normalizer.flag();
                default -> normalizer.skip();
            }
        }
    }

    private Tokenizer tokenizer(TokenizerConfig config) throws MalformedCheckpointException {
        refuseUnsupported();
        var collected = new SentencePieces(file, rules(config));
        for (Piece piece : pieces) {
            collected.add(piece.text(), piece.score(), piece.kind());
        }
        config.addTo(collected.vocabulary());
        return collected.build(bos(config, collected.vocabulary()));
    }

    private void refuseUnsupported() throws MalformedCheckpointException {
        if (pieces.isEmpty()) {
            throw malformed("it has no pieces; is it a SentencePiece model?");
        }
        if (modelType != BPE) {
            throw malformed(
                    "its model_type is %s, which is not supported; Kaya reads BPE"
                            .formatted(modelType == UNIGRAM ? "UNIGRAM" : modelType));
        }
        if (spaceBehind) {
            throw malformed("treat_whitespace_as_suffix is not supported");
        }
    }

    private SentencePieces.Rules rules(TokenizerConfig config) throws MalformedCheckpointException {
        char sign = signsSpaces ? PieceSpelling.SPACE_SIGN : ' ';
        Prefix everywhere = config.isLegacy() ? Prefix.ALL : Prefix.FIRST;
        var normalizer =
                new SentencePieceNormalizer(
                        sign,
                        prefixesSpace ? everywhere : Prefix.NONE,
                        removesExtraSpaces,
                        characterMap == null || characterMap.length == 0
                                ? null
                                : CharacterMap.read(file, characterMap),
                        new AddedTokenMatcher(userDefined()));
        return new SentencePieces.Rules(
                sign,
                normalizer,
                AddedToken.Matching.NORMALIZED,
                prefixesSpace || removesExtraSpaces);
    }

    private List<Pattern> userDefined() {
        var patterns = new ArrayList<Pattern>();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            boolean valid =
                    !piece.text().isEmpty() && piece.text().length() <= AddedToken.LONGEST_CONTENT;
            if (piece.kind() == Kind.USER_DEFINED && valid) {
                patterns.add(new Pattern(piece.text(), new AddedToken(id, piece.text(), false)));
            }
        }
        return patterns;
    }

    private OptionalInt bos(TokenizerConfig config, VocabularyBuilder vocabulary)
            throws MalformedCheckpointException {
        if (!config.addsBos().orElse(true)) {
            return OptionalInt.empty();
        }
        String named = config.bosToken();
        int id = named == null ? TokenIndex.ABSENT : vocabulary.idOf(named);
        if (id != TokenIndex.ABSENT) {
            return OptionalInt.of(id);
        }
        boolean there = bosId >= 0 && bosId < pieces.size();
        if (there && pieces.get((int) bosId).kind() == Kind.CONTROL) {
            return OptionalInt.of((int) bosId);
        }
        if (config.addsBos().isPresent()) {
            throw malformed("add_bos_token is true, but no piece is the BOS");
        }
        return OptionalInt.empty();
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, reason);
    }
}
