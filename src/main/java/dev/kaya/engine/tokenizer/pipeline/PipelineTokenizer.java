package dev.kaya.engine.tokenizer.pipeline;

import dev.kaya.engine.tokenizer.Segment;
import dev.kaya.engine.tokenizer.TokenDecoder;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import dev.kaya.engine.tokenizer.WellFormedText;
import dev.kaya.engine.tokenizer.model.AddedToken;
import dev.kaya.engine.tokenizer.model.TokenIdList;
import dev.kaya.engine.tokenizer.model.Vocabulary;
import dev.kaya.engine.tokenizer.model.WordModel;
import dev.kaya.engine.tokenizer.pipeline.AddedTokenMatcher.Preceding;
import dev.kaya.engine.tokenizer.spelling.TokenSpelling;
import dev.kaya.engine.tokenizer.spelling.TokenTable;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Text to ids in the steps of Hugging Face's {@code tokenizers}: added tokens are cut out, the rest
 * is normalized, more added tokens are cut out of that, what is left is split into words, and a
 * model turns each word into tokens.
 *
 * <p>Gives the ids that library gives, with one exception: a part of a text without any token is an
 * error here, and left out there. Immutable to its callers and thread-safe.
 *
 * @see <a href="https://huggingface.co/docs/tokenizers/pipeline">The tokenization pipeline</a>
 */
public final class PipelineTokenizer implements Tokenizer {

    private final TokenTable table;
    private final TokenSpelling spelling;
    private final Steps steps;
    private final AddedTokens addedTokens;
    private final OptionalInt bosTokenId;

    /**
     * What happens to text between added tokens.
     *
     * @param normalizer rewrites it
     * @param preTokenizer cuts it into words
     * @param model turns words into ids
     */
    public record Steps(TextNormalizer normalizer, PreTokenizer preTokenizer, WordModel model) {

        /** Steps without a normalizer. */
        public Steps(PreTokenizer preTokenizer, WordModel model) {
            this(TextNormalizer.NONE, preTokenizer, model);
        }
    }

    /**
     * @param spelling of the vocabulary, which is how ids are decoded
     * @param bosTokenId what to put in front of a text, if anything
     * @throws IllegalArgumentException when that is not in the vocabulary
     */
    public PipelineTokenizer(
            Vocabulary vocabulary, TokenSpelling spelling, Steps steps, OptionalInt bosTokenId) {
        table = vocabulary.table();
        if (bosTokenId.isPresent() && !table.isDefined(bosTokenId.getAsInt())) {
            throw new IllegalArgumentException(
                    "the BOS token %d is not in the vocabulary".formatted(bosTokenId.getAsInt()));
        }
        this.spelling = spelling;
        this.steps = steps;
        this.bosTokenId = bosTokenId;
        addedTokens = new AddedTokens(vocabulary.addedTokens(), steps.normalizer());
    }

    @Override
    public int vocabularySize() {
        return table.size();
    }

    @Override
    public int[] encode(List<Segment> segments) {
        String text = WellFormedText.of(joined(segments));
        TrustedRanges trusted = TrustedRanges.of(segments);
        var ids = new TokenIdList();
        addedTokens.asIs().cut(text, trusted, Preceding.NOTHING, new Sections(text, trusted, ids));
        return ids.toArray();
    }

    private static String joined(List<Segment> segments) {
        return segments.size() == 1
                ? segments.getFirst().text()
                : segments.stream().map(Segment::text).collect(Collectors.joining());
    }

    @Override
    public byte[] bytes(int tokenId) {
        return table.bytes(tokenId);
    }

    @Override
    public boolean isSpecial(int tokenId) {
        return table.isSpecial(tokenId);
    }

    @Override
    public boolean isDefined(int tokenId) {
        return table.isDefined(tokenId);
    }

    @Override
    public boolean addsBos() {
        return bosTokenId.isPresent();
    }

    @Override
    public OptionalInt bosTokenId() {
        return bosTokenId;
    }

    @Override
    public TokenDecoder decoder(boolean atStart) {
        return spelling.decoder(this, table, atStart);
    }

    /** One text on its way to ids: what lies between added tokens found in the text as it is. */
    private final class Sections implements AddedTokenMatcher.Parts {

        private final String text;
        private final TrustedRanges trusted;
        private final TokenIdList ids;
        private final WordModel.WordEncoder encoder = steps.model().encoder();

        Sections(String text, TrustedRanges trusted, TokenIdList ids) {
            this.text = text;
            this.trusted = trusted;
            this.ids = ids;
        }

        @Override
        public void token(AddedToken token) {
            ids.add(token.id());
        }

        @Override
        public void text(int start, int end, Preceding preceding) {
            String section = text.substring(start, end);
            String normalized = steps.normalizer().normalize(section, preceding);
            try {
                var pieces = new Pieces(normalized, ids, encoder);
                addedTokens
                        .normalized()
                        .cut(
                                normalized,
                                trusted(start, end, normalized, preceding),
                                preceding,
                                pieces);
            } catch (UnencodableTextException e) {
                throw e.in(text, normalized.equals(section) ? start + e.offset() : start);
            }
        }

        private TrustedRanges trusted(int start, int end, String normalized, Preceding preceding) {
            return addedTokens.normalized().findsSpecial()
                    ? trusted.within(start, end)
                            .normalized(
                                    text.substring(start, end),
                                    normalized,
                                    marked -> steps.normalizer().normalize(marked, preceding))
                    : TrustedRanges.NONE;
        }
    }

    /** One normalized section: what lies between added tokens found in that. */
    private final class Pieces implements AddedTokenMatcher.Parts {

        private final String section;
        private final TokenIdList ids;
        private final WordModel.WordEncoder encoder;

        Pieces(String section, TokenIdList ids, WordModel.WordEncoder encoder) {
            this.section = section;
            this.ids = ids;
            this.encoder = encoder;
        }

        @Override
        public void token(AddedToken token) {
            ids.add(token.id());
        }

        @Override
        public void text(int start, int end, Preceding preceding) {
            String piece = section.substring(start, end);
            try {
                steps.preTokenizer().encode(piece, preceding, encoder, ids);
            } catch (UnencodableTextException e) {
                throw e.at(start + e.offset());
            }
        }
    }
}
