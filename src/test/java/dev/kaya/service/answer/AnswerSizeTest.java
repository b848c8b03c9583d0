package dev.kaya.service.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.service.fault.GenerationException.Invalid;
import org.junit.jupiter.api.Test;

class AnswerSizeTest {

    private static final AnswerSize PLAIN = new AnswerSize(1, 100, -1, 10, -1, 0, 0);

    @Test
    void isAllowedUpToTheByte() {
        assertThatCode(() -> PLAIN.requireWithin(PLAIN.bytes())).doesNotThrowAnyException();
        assertThat(refusal(PLAIN, PLAIN.bytes() - 1).location()).hasToString("max_new_tokens");
    }

    @Test
    void holdsWhatEveryFactorAdds() {
        long plain = PLAIN.bytes();
        assertThat(new AnswerSize(2, 100, -1, 10, -1, 0, 0).bytes() - plain)
                .isEqualTo(100 * 4 + 11 * 150); // ids, and events beyond a full stream
        assertThat(new AnswerSize(1, 200, -1, 10, -1, 0, 0).bytes() - plain).isEqualTo(2 * 100 * 4);
        assertThat(new AnswerSize(1, 100, 20, 10, -1, 0, 0).bytes() - plain)
                .isEqualTo(2 * 100 * (8 + 240) + 267 * (112 + 240));
        assertThat(new AnswerSize(1, 100, -1, 10, -1, 0, 500).bytes() - plain).isEqualTo(1_000);
        assertThat(new AnswerSize(1, 100, -1, 11, -1, 0, 0).bytes() - plain).isEqualTo(4 + 8);
    }

    @Test
    void doesNotOverflow() {
        var huge = new AnswerSize(4096, 1_000_000, 20, 1 << 30, 20, 4096, 1 << 30);
        assertThat(huge.bytes()).isGreaterThan(1L << 40);
    }

    @Test
    void namesTheFieldWhoseSmallerValueWouldDo() {
        var size = new AnswerSize(64, 4096, 20, 10, -1, 0, 0);
        var refusal = refusal(size, 22_000_000);

        assertThat(refusal.code()).isEqualTo("answer_too_large");
        assertThat(refusal.location()).hasToString("logprobs");
        assertThat(refusal.given()).isEqualTo(20);
        assertThat(refusal.limit()).isInstanceOf(Integer.class);
        int most = (Integer) java.util.Objects.requireNonNull(refusal.limit());
        assertThat(new AnswerSize(64, 4096, most, 10, -1, 0, 0).bytes())
                .isLessThanOrEqualTo(22_000_000);
        assertThat(new AnswerSize(64, 4096, most + 1, 10, -1, 0, 0).bytes())
                .isGreaterThan(22_000_000);
        assertThat(refusal)
                .hasMessageStartingWith("logprobs must be at most " + most + " beside the")
                .hasMessageEndingWith("bytes of 22000000");
    }

    @Test
    void namesWhateverElseIsTooLarge() {
        Invalid prompt = refusal(new AnswerSize(1, 10, -1, 100_000, 20, 0, 0), 10_000_000);
        assertThat(prompt.location()).hasToString("prompt_logprobs");
        assertThat(prompt).hasMessageStartingWith("prompt_logprobs must not be given beside");
        assertThat(refusal(new AnswerSize(64, 100_000, -1, 10, -1, 0, 0), 10_000_000).location())
                .hasToString("n");
        assertThat(refusal(new AnswerSize(64, 100_000, -1, 10, -1, 64, 0), 10_000_000).location())
                .hasToString("num_beams");
        assertThat(refusal(new AnswerSize(1, 10_000_000, -1, 10, -1, 0, 0), 10_000_000).location())
                .hasToString("max_new_tokens");
        assertThat(refusal(new AnswerSize(1, 1, -1, 10, -1, 0, 10_000_000), 10_000_000).location())
                .hasToString("prompt");
    }

    private static Invalid refusal(AnswerSize size, long most) {
        return catchThrowableOfType(Invalid.class, () -> size.requireWithin(most));
    }
}
