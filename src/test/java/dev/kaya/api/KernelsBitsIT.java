package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.kaya.registry.ModelRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The kernels that an operator asks for compute, with the same bits. */
@ExtendWith(OutputCaptureExtension.class)
class KernelsBitsIT {

    private static final List<String> REQUESTS =
            List.of(
                    "{\"prompt\":\"A king \",\"seed\":1,\"max_new_tokens\":60,\"logprobs\":5}",
                    "{\"prompt\":\"The fox \",\"temperature\":0,\"seed\":3,\"max_new_tokens\":40,"
                            + "\"prompt_logprobs\":3}",
                    "{\"prompt\":\"\",\"seed\":7,\"n\":4,\"top_k\":0,\"top_p\":1,"
                            + "\"max_new_tokens\":30,\"logprobs\":0}");

    /** Everything but what depends on the clock. */
    private static List<JsonNode> answers(String kernels) {
        List<JsonNode> answers = new ArrayList<>();
        try (RunningServer server = RunningServer.start("kaya.kernels=" + kernels)) {
            Client client = server.client();
            client.awaitIdle();
            server.context().getBean(ModelRegistry.class).loading().join().backend().warm();
            for (String request : REQUESTS) {
                ObjectNode answer = (ObjectNode) client.generated(request);
                assertThat(answer.path("outputs").size()).isPositive();
                answers.add(answer.without(List.of("id", "created", "timing")));
            }
        }
        return answers;
    }

    @Test
    void bothKernelsGiveTheSameBits(CapturedOutput log) {
        List<JsonNode> scalar = answers("scalar");
        Poll.until(
                () -> log.getAll().contains("Kernels: scalar loops, as asked for\n"),
                "the log does not say which kernels compute");
        List<JsonNode> vector = answers("vector");
        Poll.until(
                () -> log.getAll().matches("(?s).*Kernels: vectors of \\d+ bits, as asked for.*"),
                "the log does not say which kernels compute");

        assertThat(vector).isEqualTo(scalar);
    }

    @Test
    void namesAWrongValue(CapturedOutput log) {
        assertThat(catchThrowable(() -> RunningServer.start("kaya.kernels=simd").close()))
                .isNotNull();
        Poll.until(() -> log.getAll().contains("Action:"), "the failure was not reported");
        assertThat(log.getAll())
                .contains("Property: kaya.kernels\n")
                .contains("Value: \"simd\"\n")
                .contains("AUTO", "SCALAR", "VECTOR");
    }
}
