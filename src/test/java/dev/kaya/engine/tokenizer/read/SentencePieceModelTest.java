package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.ProtobufBytes;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tokenizer.model may be, and what the files beside it add. */
class SentencePieceModelTest {

    private static final long NORMAL = 1;
    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;
    private static final long UNUSED = 5;

    @TempDir private Path folder;

    private final ProtobufBytes model = new ProtobufBytes();

    private SentencePieceModelTest piece(String text, float score, long type) {
        model.message(1, new ProtobufBytes().text(1, text).float32(2, score).integer(3, type));
        return this;
    }

    /** Unknown, BOS, and pieces that make "▁ab" of a text. */
    private SentencePieceModelTest pieces() {
        return piece("<unk>", 0, UNKNOWN)
                .piece("<s>", 0, CONTROL)
                .piece("▁", -9, NORMAL)
                .piece("a", -8, NORMAL)
                .piece("b", -7, NORMAL)
                .piece("ab", -1, NORMAL)
                .piece("▁ab", -2, NORMAL);
    }

    private SentencePieceModelTest bpe() {
        model.message(2, new ProtobufBytes().integer(3, 2));
        return this;
    }

    private Tokenizer read() throws IOException {
        return read(null);
    }

    private Tokenizer read(@Nullable String config) throws IOException {
        Path settings = folder.resolve("tokenizer_config.json");
        TokenizerConfig read =
                config == null
                        ? TokenizerConfig.none()
                        : TokenizerConfig.read(
                                Files.writeString(settings, config.replace("'", "\"")), null, null);
        return SentencePieceModel.read(
                Files.write(folder.resolve("tokenizer.model"), model.bytes()), read);
    }

    @Test
    void readsPiecesWithTheDefaultsOfTheFormat() throws IOException {
        Tokenizer tokenizer = pieces().bpe().read();

        // By default a space is put in front, and others are removed.
        assertThat(tokenizer.encode("  ab  ab ", false)).containsExactly(6, 6);
        assertThat(tokenizer.decode(new int[] {6, 6})).isEqualTo("ab ab");
        assertThat(tokenizer.bosTokenId()).hasValue(1);
        assertThat(tokenizer.encode("xxab", false)).containsExactly(2, 0, 5);
    }

    @Test
    void theConfigurationDecidesAboutBosAndAddsTokens() throws IOException {
        pieces().bpe();

        assertThat(read("{'add_bos_token': false}").addsBos()).isFalse();
        assertThat(read("{'add_bos_token': true}").bosTokenId()).hasValue(1);
        Tokenizer tokenizer =
                read(
                        "{'bos_token': '<|go|>', 'added_tokens_decoder': {'7': {'content': '<|go|>',"
                                + " 'special': true}, '1': {'content': '<s>', 'special': true}}}");
        assertThat(tokenizer.bosTokenId()).hasValue(7);
        assertThat(tokenizer.encode("ab<|go|>ab", true)).containsExactly(6, 7, 6);
        assertThat(read("{'legacy': false}").encode("ab<s>ab", true)).containsExactly(6, 1, 5);
    }

    @Test
    void anAddedTokenMayNotTakeTheIdOfAPiece() {
        pieces().bpe();

        assertThatThrownBy(() -> read("{'added_tokens_decoder': {'5': {'content': '<x>'}}}"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("the added token '<x>' has id 5, which is that of 'ab'");
        assertThatThrownBy(() -> read("{'added_tokens_decoder': {'x': {'content': 'x'}}}"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("'x' in 'added_tokens_decoder' is not an id");
        assertThatThrownBy(() -> read("[]"))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("must be an object");
    }

    @Test
    void userDefinedPiecesAreFoundWhateverIsAllowed() throws IOException {
        Tokenizer tokenizer = pieces().piece("b▁a", 0, USER_DEFINED).bpe().read();

        assertThat(tokenizer.encode("ab ab", false)).containsExactly(2, 3, 7, 4);
        assertThat(tokenizer.isSpecial(7)).isFalse();
        assertThat(tokenizer.text(7)).isEqualTo("b a");
    }

    @Test
    void refusesOtherModelsByName() {
        pieces();
        assertRefused("its model_type is UNIGRAM, which is not supported; Kaya reads BPE");
        model.message(2, new ProtobufBytes().integer(3, 4));
        assertRefused("its model_type is 4");
        model.message(2, new ProtobufBytes().integer(3, 2).integer(24, 1));
        assertRefused("treat_whitespace_as_suffix is not supported");
    }

    @Test
    void refusesAnUnusedPieceThatWouldBeUsed() throws IOException {
        pieces().piece("<unused>", 0, UNUSED).bpe();
        assertThat(read().isDefined(7)).isFalse();
        piece("ba", 0, UNUSED);
        assertRefused("the piece 'ba' is unused, but others merge to it");
    }

    @Test
    void refusesPiecesThatAreNone() {
        pieces().bpe().piece("x", Float.NaN, NORMAL);
        assertRefused("the score of piece 7 is not a number");
    }

    @Test
    void refusesTypesThatAreUnknown() {
        pieces().bpe().piece("x", 0, 9);
        assertRefused("a piece has the unknown type 9");
    }

    @Test
    void refusesTwoPiecesOfOneText() {
        pieces().bpe().piece("ab", 0, NORMAL);
        assertRefused("the token 'ab' has two ids, 5 and 7");
    }

    @Test
    void refusesATableThatIsCutOff() {
        pieces().bpe();
        model.message(3, new ProtobufBytes().raw(2, new byte[] {8, 0, 0, 0, 1, 2, 3, 4}));
        assertRefused("the precompiled_charsmap has 8 bytes, which do not hold its trie");
    }

    @Test
    void refusesAFileWithoutPieces() {
        assertRefused("it has no pieces; is it a SentencePiece model?");
    }

    @Test
    void refusesBrokenMessagesAtTheirPlace() {
        model.integer(9, 1).varint(1 << 3 | 2).varint(1L << 40);
        assertRefused("at byte 9: 1099511627776 bytes expected, but only 0 are left");
    }

    @Test
    void refusesNumbersWithoutEnd() {
        for (int i = 0; i < 12; i++) {
            model.raw(0x1F, new byte[0]);
        }
        byte[] endless = new byte[12];
        Arrays.fill(endless, (byte) 0xFF);
        model.message(1, new ProtobufBytes().raw(1, endless).varint(-1).varint(-1));
        assertThatThrownBy(this::read).isInstanceOf(MalformedCheckpointException.class);
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(this::read)
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("tokenizer.model")
                .hasMessageContaining(reason);
    }
}
