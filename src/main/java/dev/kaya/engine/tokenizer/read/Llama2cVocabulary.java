package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer;
import dev.kaya.engine.tokenizer.pipeline.SentencePieceNormalizer.Prefix;
import dev.kaya.engine.tokenizer.read.SentencePieces.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Reads llama2.c's {@code tokenizer.bin}: a SentencePiece vocabulary of type BPE with spaces in the
 * place of their signs. The first three tokens are unknown, BOS and EOS, the next 256 the bytes.
 *
 * <p>A number of four bytes, the longest length; then for each token its score, a float of four
 * bytes, its length, and its bytes; little endian. There is no number of tokens: the file's end
 * ends them.
 *
 * @see <a href="https://github.com/karpathy/llama2.c/blob/master/tokenizer.py">tokenizer.py,
 *     export</a>
 */
public final class Llama2cVocabulary {

    private static final int LARGEST_FILE = 32 << 20;
    private static final int UNKNOWN = 0;
    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final int FIRST_BYTE = 3;
    private static final int BYTES = 256;

    private final Path file;
    private final ByteBuffer bytes;

    private Llama2cVocabulary(Path file, byte[] bytes) {
        this.file = file;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads a file.
     *
     * @throws MalformedCheckpointException when it is broken
     * @throws IOException when it cannot be read
     */
    public static Tokenizer read(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            byte[] bytes = stream.readNBytes(LARGEST_FILE + 1);
            var vocabulary = new Llama2cVocabulary(file, bytes);
            if (bytes.length > LARGEST_FILE) {
                throw vocabulary.malformed("it is larger than %d bytes".formatted(LARGEST_FILE));
            }
            return vocabulary.read();
        }
    }

    private Tokenizer read() throws MalformedCheckpointException {
        if (bytes.remaining() < Integer.BYTES) {
            throw malformed("it is cut off");
        }
        int longest = bytes.getInt();
        var rules =
                new SentencePieces.Rules(
                        ' ',
                        SentencePieceNormalizer.identity(' ', Prefix.FIRST),
                        AddedToken.Matching.AS_IT_IS,
                        true);
        var pieces = new SentencePieces(file, rules);
        while (bytes.hasRemaining()) {
            add(pieces, longest);
        }
        if (pieces.count() < FIRST_BYTE + BYTES) {
            throw malformed(
                    "it has %d tokens; three and 256 bytes are the fewest"
                            .formatted(pieces.count()));
        }
        return pieces.build(OptionalInt.of(BOS));
    }

    private void add(SentencePieces pieces, int longest) throws MalformedCheckpointException {
        int id = pieces.count();
        if (bytes.remaining() < Float.BYTES + Integer.BYTES) {
            throw malformed("it is cut off after %d tokens".formatted(id));
        }
        float score = bytes.getFloat();
        int length = bytes.getInt();
        if (length < 0 || length > longest || length > bytes.remaining()) {
            throw malformed(
                    "token %d claims %d bytes; the longest has %d, and %d are left"
                            .formatted(id, length, longest, bytes.remaining()));
        }
        pieces.add(text(id, length), score, kind(id));
    }

    private String text(int id, int length) throws MalformedCheckpointException {
        ByteBuffer token = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(token).toString();
            // The export puts BOS and EOS on lines of their own.
            return id <= EOS ? text.strip() : text;
        } catch (CharacterCodingException e) {
            throw malformed("token %d is not UTF-8".formatted(id));
        }
    }

    private static Kind kind(int id) {
        if (id == UNKNOWN) {
            return Kind.UNKNOWN;
        }
        if (id <= EOS) {
            return Kind.CONTROL;
        }
        return id < FIRST_BYTE + BYTES ? Kind.BYTE : Kind.NORMAL;
    }

    private MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, bytes.position(), reason);
    }
}
