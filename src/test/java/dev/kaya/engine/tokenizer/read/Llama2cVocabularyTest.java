package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** llama2.c's tokenizer.bin, byte by byte. */
class Llama2cVocabularyTest {

    @TempDir private Path folder;

    private final ByteBuffer bytes =
            ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN).putInt(8);

    private Llama2cVocabularyTest token(String text, float score) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes.putFloat(score).putInt(utf8.length).put(utf8);
        return this;
    }

    private Llama2cVocabularyTest special() {
        token("<unk>", 0).token("\n<s>\n", 0).token("\n</s>\n", 0);
        for (int value = 0; value < 256; value++) {
            token("<0x%02X>".formatted(value), 0);
        }
        return this;
    }

    private Tokenizer read() throws IOException {
        byte[] file = Arrays.copyOf(bytes.array(), bytes.position());
        return Llama2cVocabulary.read(Files.write(folder.resolve("tokenizer.bin"), file));
    }

    @Test
    void encodesAsRunCDoes() throws IOException {
        special().token(" ", -5).token("a", -4).token("b", -3).token(" a", -1).token("ab", -2);
        Tokenizer tokenizer = read();

        // A space in front unless there is no text; then the best merges; bytes three up.
        assertThat(tokenizer.encode("", false)).isEmpty();
        assertThat(tokenizer.encode("ab", false)).containsExactly(262, 261);
        assertThat(tokenizer.encode("b ab▁", false))
                .containsExactly(259, 261, 262, 261, 3 + 0xE2, 3 + 0x96, 3 + 0x81);
        assertThat(tokenizer.decode(new int[] {262, 261, 3 + 0xC3, 3 + 0xA9})).isEqualTo("abé");
        assertThat(tokenizer.decode(new int[] {1})).isEqualTo("<s>");
        assertThat(tokenizer.bosTokenId()).hasValue(1);
        assertThat(tokenizer.isSpecial(2)).isTrue();
    }

    @Test
    void refusesFilesThatAreCutOff() {
        assertRefused("it has 0 tokens; three and 256 bytes are the fewest");
        special().token("ab", 0);
        bytes.position(bytes.position() - 1);
        assertRefused("token 259 claims 2 bytes; the longest has 8, and 1 are left");
        bytes.position(bytes.position() - 5);
        assertRefused("it is cut off after 259 tokens");
        bytes.position(2);
        assertRefused("it is cut off");
    }

    @Test
    void refusesLengthsThatCannotBe() {
        special();
        int start = bytes.position();
        for (int length : new int[] {-1, 9, Integer.MAX_VALUE}) {
            bytes.position(start).putFloat(0).putInt(length).put(new byte[16]);
            assertRefused("token 259 claims " + length + " bytes; the longest has 8");
        }
    }

    @Test
    void refusesTokensThatAreNotWhatTheyShouldBe() {
        token("<unk>", 0).token("<s>", 0).token("</s>", 0).token("x", 0);
        assertRefused("piece 3, 'x', is not a byte");
    }

    @Test
    void refusesTextThatIsNotUtf8() {
        special();
        bytes.putFloat(0).putInt(1).put((byte) 0xFF);
        assertRefused("token 259 is not UTF-8");
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(this::read)
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("tokenizer.bin")
                .hasMessageContaining(reason);
    }
}
