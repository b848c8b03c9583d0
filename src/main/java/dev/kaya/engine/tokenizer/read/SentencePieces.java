package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.BpeModel;
import dev.kaya.engine.tokenizer.model.CharacterSymbols;
import dev.kaya.engine.tokenizer.model.TokenIndex;
import dev.kaya.engine.tokenizer.model.UnknownRule;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.pipeline.Metaspace;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.TextNormalizer;
import dev.kaya.engine.tokenizer.spelling.LeadingSpace;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Collects the pieces of a SentencePiece vocabulary of type BPE, in the order of their ids, and
 * makes a tokenizer of them. Neighbours merge when together they are a piece, the one of the
 * highest score first and the leftmost among equals; so each way to cut a piece into two is a
 * merge, ranked by the piece's score. Not thread-safe.
 *
 * @see <a
 *     href="https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc">SentencePiece's
 *     bpe_model.cc</a>
 */
public final class SentencePieces {

    /** What a piece is for, in the order of the numbers that files give it, from 1. */
    public enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE;

        private static final Kind[] ALL = values();

        /** The kind of a number in a file; null when there is none. */
        public static @Nullable Kind of(long number) {
            return number >= 1 && number <= ALL.length ? ALL[(int) number - 1] : null;
        }
    }

    /**
     * How text becomes pieces.
     *
     * @param sign that stands for a space
     * @param normalizer puts it in the place of spaces, and in front
     * @param userDefined how user-defined pieces are looked for
     * @param stripsFirstSpace whether decoding takes a space off the beginning of a text
     */
    record Rules(
            char sign,
            TextNormalizer normalizer,
            AddedToken.Matching userDefined,
            boolean stripsFirstSpace) {

        TokenSpelling spelling() {
            return new PieceSpelling(
                    List.of(new PieceSpelling.Replacement(String.valueOf(sign), " ")),
                    "",
                    true,
                    stripsFirstSpace ? LeadingSpace.FIRST_TAKEN : LeadingSpace.KEPT);
        }
    }

    private final Path file;
    private final Rules rules;
    private final VocabularyBuilder builder;
    private final int[] tokenByByte = CharacterSymbols.noBytes();
    private final List<String> unused = new ArrayList<>();
    private float[] scores = new float[1024];
    private int count;
    private int unknownId = TokenIndex.ABSENT;

    SentencePieces(Path file, Rules rules) {
        this.file = file;
        this.rules = rules;
        builder = new VocabularyBuilder(file, rules.spelling());
    }

    /**
     * Adds the piece of the next id.
     *
     * @throws MalformedCheckpointException when it is not what its kind says, or is there already
     */
    void add(String text, float score, Kind kind) throws MalformedCheckpointException {
        int id = count++;
        if (Float.isNaN(score)) {
            throw builder.malformed("the score of piece %d is not a number".formatted(id));
        }
        if (id >= scores.length) {
            scores = Arrays.copyOf(scores, scores.length * 2);
        }
        scores[id] = score;
        switch (kind) {
            case NORMAL -> addNormal(text, id);
            case UNKNOWN -> {
                unknownId = id;
                addAdded(text, id, true);
            }
            case CONTROL -> addAdded(text, id, true);
            case USER_DEFINED -> addAdded(text, id, false);
            case UNUSED -> unused.add(text);
            case BYTE -> addByte(text, id);
        }
    }

    /** Where more tokens may be added, after all pieces. */
    VocabularyBuilder vocabulary() {
        return builder;
    }

    /** How many pieces were added. */
    int count() {
        return count;
    }

    /**
     * The tokenizer; the pieces must not be used afterwards.
     *
     * @param bosTokenId what to put in front of a text, if anything
     * @throws MalformedCheckpointException when that is not in the vocabulary, or an unused piece
     *     would be used
     */
    Tokenizer build(OptionalInt bosTokenId) throws MalformedCheckpointException {
        addMerges();
        for (String text : unused) {
            refuseIfUsed(text);
        }
        Vocabulary vocabulary = builder.build();
        var symbols =
                new CharacterSymbols(
                        vocabulary.index(), tokenByByte, new UnknownRule(unknownId, true));
        var model = new BpeModel(symbols, vocabulary.merges(), BpeModel.WholeWords.NONE);
        var steps =
                new PipelineTokenizer.Steps(rules.normalizer(), words(vocabulary, symbols), model);
        try {
            return new PipelineTokenizer(vocabulary, rules.spelling(), steps, bosTokenId);
        } catch (IllegalArgumentException e) {
            throw new MalformedCheckpointException(file, -1, String.valueOf(e.getMessage()));
        }
    }

    /** Where no piece goes on beyond a space, words are cut there, and found in the cache. */
    private PreTokenizer words(Vocabulary vocabulary, CharacterSymbols symbols) {
        boolean separable =
                symbols.tokenOf(rules.sign()) != TokenIndex.ABSENT
                        && Metaspace.noMergeCrosses(
                                rules.sign(), vocabulary.index(), vocabulary.merges());
        return separable
                ? PreTokenizer.of(new Metaspace.RunSplitter(rules.sign()))
                : PreTokenizer.of();
    }

    private void addNormal(String text, int id) throws MalformedCheckpointException {
        if (text.length() > AddedToken.LONGEST_CONTENT) {
            throw builder.malformed(
                    "piece %d has %d characters; at most %d are read"
                            .formatted(id, text.length(), AddedToken.LONGEST_CONTENT));
        }
        if (!text.isEmpty()) {
            builder.token(text, id);
        }
    }

    /** A token without text stays undefined, as llama.cpp has it too. */
    private void addAdded(String text, int id, boolean special)
            throws MalformedCheckpointException {
        if (text.isEmpty()) {
            return;
        }
        AddedToken.Matching matching = special ? AddedToken.Matching.AS_IT_IS : rules.userDefined();
        try {
            builder.addedToken(new AddedToken(id, text, special, matching));
        } catch (IllegalArgumentException e) {
            throw builder.malformed("piece %d: %s".formatted(id, e.getMessage()));
        }
    }

    private void addByte(String text, int id) throws MalformedCheckpointException {
        int value = PieceSpelling.byteOf(text);
        if (value < 0) {
            throw builder.malformed("piece %d, '%s', is not a byte".formatted(id, text));
        }
        tokenByByte[value] = id;
        builder.unmatchedToken(text, id);
    }

    private void addMerges() throws MalformedCheckpointException {
        var normal = new ArrayList<Integer>();
        builder.index().forEach((key, id) -> normal.add(id));
        normal.sort(Comparator.comparingDouble(id -> -scores[id]));
        int rank = -1;
        float rankedScore = Float.NaN;
        for (int id : normal) {
            if (scores[id] != rankedScore) {
                rankedScore = scores[id];
                rank++;
            }
            addMerges(id, rank);
        }
    }

    /** All merges that make a piece. */
    private void addMerges(int id, int rank) throws MalformedCheckpointException {
        TokenIndex index = builder.index();
        byte[] key = index.key(id);
        for (int cut = 1; cut < key.length; cut++) {
            boolean betweenCharacters = (key[cut] & 0xC0) != 0x80;
            int left = betweenCharacters ? index.find(key, 0, cut) : TokenIndex.ABSENT;
            int right = left == TokenIndex.ABSENT ? left : index.find(key, cut, key.length);
            if (right != TokenIndex.ABSENT) {
                builder.merge(left, right, id, rank);
            }
        }
    }

    /** SentencePiece cuts unused pieces up again, by a rule that depends on the whole text. */
    private void refuseIfUsed(String text) throws MalformedCheckpointException {
        TokenIndex index = builder.index();
        byte[] key = rules.spelling().key(text);
        for (int cut = 1; key != null && cut < key.length; cut++) {
            if (index.find(key, 0, cut) != TokenIndex.ABSENT
                    && index.find(key, cut, key.length) != TokenIndex.ABSENT) {
                throw builder.malformed(
                        "the piece '%s' is unused, but others merge to it; that is not supported"
                                .formatted(text));
            }
        }
    }
}
