package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.tokenizer.ProtobufBytes;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.TokenizerFile;
import dev.kaya.engine.tokenizer.TokenizerFixtures;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** LLaMA's vocabulary in all the forms in which it lies beside checkpoints. */
public final class LlamaVocabulary {

    private static final String DECODER =
            """
            {"type": "Sequence", "decoders": [
              {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"},
              {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """;

    private static final String NORMALIZER =
            """
            {"type": "Sequence", "normalizers": [
              {"type": "Prepend", "prepend": "▁"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
            """;

    private final Map<String, @Nullable Object> metadata;
    private final List<String> pieces = new ArrayList<>();
    private final List<Float> scores = new ArrayList<>();
    private final List<Long> types = new ArrayList<>();

    private LlamaVocabulary(Map<String, @Nullable Object> metadata) {
        this.metadata = metadata;
        list("tokens").forEach(piece -> pieces.add((String) piece));
        list("scores").forEach(score -> scores.add(((Number) score).floatValue()));
        list("token_type").forEach(type -> types.add((Long) type));
    }

    public static LlamaVocabulary read() throws IOException {
        Path file = TokenizerFixtures.folder("llama").resolve("vocab.gguf");
        try (Checkpoint checkpoint = CheckpointReader.open(file)) {
            return new LlamaVocabulary(Map.copyOf(checkpoint.metadata()));
        }
    }

    private List<?> list(String name) {
        return (List<?>) Objects.requireNonNull(metadata.get("tokenizer.ggml." + name));
    }

    /** From the key-values of the GGUF file. */
    public Tokenizer gguf() throws IOException {
        return GgufVocabulary.read(Path.of("vocab.gguf"), metadata::get);
    }

    /** The vocabulary with its merges, without a tokenizer around it. */
    public Vocabulary vocabulary() throws IOException {
        var rules =
                new SentencePieces.Rules(
                        '▁', TextNormalizer.NONE, AddedToken.Matching.AS_IT_IS, true);
        var collected = new SentencePieces(Path.of("vocab.gguf"), rules);
        for (int id = 0; id < pieces.size(); id++) {
            collected.add(
                    pieces.get(id),
                    scores.get(id),
                    Objects.requireNonNull(SentencePieces.Kind.of(types.get(id))));
        }
        collected.build(OptionalInt.empty());
        return collected.vocabulary().build();
    }

    /**
     * As Hugging Face's converter writes it: every way to cut a piece in two is a merge, by the
     * piece's score, and for equal scores by the lengths of the two.
     */
    public TokenizerFile json() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        pieces.forEach(piece -> ids.put(piece, ids.size()));
        record Merge(String left, String right, float score) {}
        var merges = new ArrayList<Merge>();
        for (int id = 0; id < pieces.size(); id++) {
            String piece = pieces.get(id);
            for (int cut = 1; cut < piece.length(); cut++) {
                if (ids.containsKey(piece.substring(0, cut))
                        && ids.containsKey(piece.substring(cut))) {
                    merges.add(
                            new Merge(
                                    piece.substring(0, cut), piece.substring(cut), scores.get(id)));
                }
            }
        }
        merges.sort(
                Comparator.comparingDouble(Merge::score)
                        .thenComparingInt(merge -> merge.left().length())
                        .thenComparingInt(merge -> merge.right().length())
                        .reversed());
        return TokenizerFile.bpe(
                        ids,
                        merges.stream().map(m -> m.left() + " " + m.right()).toList(),
                        Map.of("unk_token", "<unk>", "fuse_unk", true, "byte_fallback", true))
                .normalizer(NORMALIZER)
                .preTokenizer("null")
                .decoder(DECODER)
                .added(0, "<unk>", "special")
                .added(1, "<s>", "special")
                .added(2, "</s>", "special");
    }

    /** As a tokenizer.model that changes no text but for the space in front. */
    public byte[] model() {
        var model = new ProtobufBytes();
        for (int id = 0; id < pieces.size(); id++) {
            model.message(
                    1,
                    new ProtobufBytes()
                            .text(1, pieces.get(id))
                            .float32(2, scores.get(id))
                            .integer(3, types.get(id)));
        }
        return model.message(2, new ProtobufBytes().integer(3, 2).integer(35, 1))
                .message(
                        3,
                        new ProtobufBytes()
                                .text(1, "identity")
                                .integer(3, 1)
                                .integer(4, 0)
                                .integer(5, 1))
                .bytes();
    }

    /** As llama2.c's export writes it. */
    public byte[] llama2c() {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(number(64));
        for (int id = 0; id < pieces.size(); id++) {
            String piece = pieces.get(id).replace('▁', ' ');
            String exported = id == 1 || id == 2 ? "\n" + piece + "\n" : piece;
            byte[] text = exported.getBytes(StandardCharsets.UTF_8);
            bytes.writeBytes(number(Float.floatToIntBits(scores.get(id))));
            bytes.writeBytes(number(text.length));
            bytes.writeBytes(text);
        }
        return bytes.toByteArray();
    }

    /** A file of these bytes in a folder. */
    public static Path write(Path folder, String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }
}
