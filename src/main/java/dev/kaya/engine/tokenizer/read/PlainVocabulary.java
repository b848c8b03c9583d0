package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.CharacterModel;
import dev.kaya.engine.tokenizer.model.UnknownRule;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.VocabularyBuilder;
import dev.kaya.engine.tokenizer.model.WordLevelModel;
import dev.kaya.engine.tokenizer.pipeline.BookSplitter;
import dev.kaya.engine.tokenizer.pipeline.DelimiterSplitter;
import dev.kaya.engine.tokenizer.pipeline.PipelineTokenizer;
import dev.kaya.engine.tokenizer.pipeline.PreTokenizer;
import dev.kaya.engine.tokenizer.pipeline.WordSplitter;
import dev.kaya.engine.tokenizer.spelling.LeadingSpace;
import dev.kaya.engine.tokenizer.spelling.PieceSpelling;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import dev.kaya.engine.tokenizer.spelling.WordSpelling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * A vocabulary of characters, or of words, and the tokenizer that it makes.
 *
 * <p>Entries that look like {@code <pad>}, {@code <|endoftext|>} or {@code [UNK]} are special. If
 * all others are single characters, every character is a token. Otherwise they are words, and text
 * is cut as in the book "Build a Large Language Model (From Scratch)" ({@link BookSplitter}), from
 * which most word vocabularies come; or at white space alone, if some entry is no word to the book,
 * such as {@code end.}. What has no token is the unknown token, if there is one ({@code <|unk|>},
 * {@code <unk>} or {@code [UNK]}, in any case), and else refused by name.
 */
public final class PlainVocabulary {

    private static final List<String> UNKNOWN = List.of("<|unk|>", "<unk>", "[unk]");

    private final Path file;
    private final TreeMap<Integer, String> entries = new TreeMap<>();
    private final VocabularyBuilder check;

    /**
     * @param file where it comes from, for messages
     */
    PlainVocabulary(Path file) {
        this.file = file;
        check = new VocabularyBuilder(file, new WordSpelling(text -> true));
    }

    /**
     * Reads a {@code vocab.json} that has no merges: {@code {token: id}}.
     *
     * @throws MalformedCheckpointException when the file is broken, or its tokens are those of a
     *     BPE
     */
    public static Tokenizer read(Path file) throws IOException {
        return TokenizerFileReader.read(
                file,
                json -> {
                    if (!json.isObject()) {
                        throw json.malformed("a vocabulary must be an object of token: id");
                    }
                    var vocabulary = new PlainVocabulary(file);
                    for (String token = json.nextName(); token != null; token = json.nextName()) {
                        vocabulary.add(json.integer("an id"), token);
                    }
                    vocabulary.refuseBpe();
                    return vocabulary.tokenizer();
                });
    }

    /**
     * Adds an entry. The same one may come again. An empty text leaves its id without a token.
     *
     * @throws MalformedCheckpointException when its id or its text has another partner
     */
    void add(long id, String text) throws MalformedCheckpointException {
        if (id >= 0 && id < VocabularyBuilder.ID_LIMIT && text.equals(entries.get((int) id))) {
            return;
        }
        if (text.isEmpty()) {
            return;
        }
        if (!WellFormedText.isWellFormed(text)) {
            throw check.malformed("the token of id %d is not text".formatted(id));
        }
        check.token(text, id);
        entries.put((int) id, text);
    }

    /** How many entries there are. */
    int size() {
        return entries.size();
    }

    /** The tokenizer, which puts nothing in front of a text. */
    Tokenizer tokenizer() throws MalformedCheckpointException {
        return tokenizer(OptionalInt.empty());
    }

    /**
     * The tokenizer.
     *
     * @param bosTokenId what to put in front of a text, if anything: an id without an entry, or
     *     with one that is written as special tokens are
     */
    Tokenizer tokenizer(OptionalInt bosTokenId) throws MalformedCheckpointException {
        if (entries.isEmpty()) {
            throw check.malformed("the vocabulary is empty");
        }
        var splitter = new BookSplitter();
        boolean characters = true;
        boolean words = true;
        for (String text : entries.values()) {
            boolean ordinary = !isMarked(text);
            characters &= !ordinary || text.codePointCount(0, text.length()) == 1;
            words &= !ordinary || splitter.isWord(text);
        }
        TokenSpelling spelling =
                characters
                        ? new PieceSpelling(List.of(), "", false, LeadingSpace.KEPT)
                        : new WordSpelling(words ? BookSplitter::standsClose : text -> false);
        Vocabulary vocabulary = vocabulary(spelling, bosTokenId);
        UnknownRule unknown = unknown();
        var steps =
                characters
                        ? new PipelineTokenizer.Steps(
                                PreTokenizer.of(), new CharacterModel(vocabulary.index(), unknown))
                        : new PipelineTokenizer.Steps(
                                PreTokenizer.of(words ? splitter : spaces()),
                                new WordLevelModel(vocabulary.index(), unknown));
        return new PipelineTokenizer(vocabulary, spelling, steps, bosTokenId);
    }

    private Vocabulary vocabulary(TokenSpelling spelling, OptionalInt bosTokenId)
            throws MalformedCheckpointException {
        var builder = new VocabularyBuilder(file, spelling);
        for (var entry : entries.entrySet()) {
            String text = entry.getValue();
            if (isMarked(text)) {
                builder.addedToken(new AddedToken(entry.getKey(), text, true));
            } else {
                builder.token(text, entry.getKey());
            }
        }
        if (bosTokenId.isPresent()) {
            String written = entries.get(bosTokenId.getAsInt());
            if (written == null || !isMarked(written)) {
                builder.textlessToken(bosTokenId.getAsInt());
            }
        }
        return builder.build();
    }

    private UnknownRule unknown() {
        for (var entry : entries.entrySet()) {
            if (UNKNOWN.contains(entry.getValue().toLowerCase(Locale.ROOT))) {
                return new UnknownRule(entry.getKey(), false);
            }
        }
        return UnknownRule.REFUSE;
    }

    private static WordSplitter spaces() {
        return DelimiterSplitter.at(BookSplitter::isSpace, DelimiterSplitter.Behavior.REMOVED);
    }

    /** Whether a token is written as special tokens are: in angle brackets, or in square ones. */
    private static boolean isMarked(String text) {
        int last = text.length() - 1;
        if (last < 2 || last >= AddedToken.LONGEST_CONTENT) {
            return false;
        }
        String name = text.substring(1, last);
        boolean angles = text.charAt(0) == '<' && text.charAt(last) == '>';
        boolean squares = text.charAt(0) == '[' && text.charAt(last) == ']';
        return (angles && name.matches("\\|?[A-Za-z0-9_/ -]+\\|?"))
                || (squares && name.matches("[A-Z]+"));
    }

    /** Words do not begin with the signs that stand for a space in a BPE. */
    private void refuseBpe() throws MalformedCheckpointException {
        for (String text : entries.values()) {
            boolean bpe = text.length() > 1 && (text.charAt(0) == 'Ġ' || text.charAt(0) == '▁');
            if (bpe || (text.length() > 4 && text.endsWith("</w>"))) {
                throw check.malformed(
                        "the token '%s' is one of a BPE, which needs its merges.txt beside it"
                                .formatted(text));
            }
        }
    }
}
