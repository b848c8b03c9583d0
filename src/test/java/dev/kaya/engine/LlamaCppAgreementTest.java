package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * GGUF files give the log-probabilities that llama.cpp gave for the same files: {@code
 * golden/llama-cpp/make.py}. The tolerance of 1e-4 is absolute and covers llama.cpp's angles, which
 * it multiplies up in single precision, over log-probabilities down to −10.
 */
class LlamaCppAgreementTest {

    private static final Path GOLDENS = Path.of("src/test/resources/golden/llama-cpp");
    private static final double TOLERANCE = 1e-4;

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama-divisors, LLaMA (GGUF)",
        "llama-linear, LLaMA (GGUF)",
        "qwen2-yarn, Qwen2 (GGUF)",
        "qwen3, Qwen3 (GGUF)",
        "qwen3-yarn, Qwen3 (GGUF)"
    })
    void givesTheLogProbabilitiesOfLlamaCpp(String name, String dialect) throws IOException {
        JsonNode golden =
                JsonMapper.shared().readTree(Files.readString(GOLDENS.resolve(name + ".json")));
        Path file = folder.resolve("model.gguf");
        writer(golden).write(file);
        LoadedModel model = ModelLoader.load(file);
        assertThat(model.card().dialect()).isEqualTo(dialect);

        int[] ids = new int[golden.get("ids").size()];
        Arrays.setAll(ids, i -> golden.get("ids").get(i).asInt());
        try (var decoder = new TestDecoder(model)) {
            float[][] logits = decoder.forward(ids, 0);
            for (var expected : golden.get("log_probabilities").properties()) {
                assertClose(
                        logits[Integer.parseInt(expected.getKey())],
                        expected.getValue(),
                        expected.getKey());
            }
        }
    }

    private static GgufWriter writer(JsonNode golden) {
        var writer = new GgufWriter();
        for (Map.Entry<String, JsonNode> value : golden.get("values").properties()) {
            writer.put(value.getKey(), typed(value.getValue()));
        }
        for (Map.Entry<String, JsonNode> tensor : golden.get("tensors").properties()) {
            long[] shape = new long[tensor.getValue().size()];
            Arrays.setAll(shape, i -> tensor.getValue().get(i).asLong());
            float[] weights = ReferenceModel.weights(tensor.getKey(), shape);
            writer.add(tensor.getKey(), weights, shape);
        }
        return writer;
    }

    private static Object typed(JsonNode node) {
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(element -> list.add(typed(element)));
            return list;
        }
        if (node.isBoolean()) {
            return node.asBoolean();
        }
        if (node.isIntegralNumber()) {
            return node.asLong();
        }
        return node.isNumber() ? (Object) node.asDouble() : node.asString();
    }

    private static void assertClose(float[] logits, JsonNode expected, String position) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        assertThat(expected.size()).isEqualTo(logits.length);
        for (int i = 0; i < logits.length; i++) {
            double logProbability = logits[i] - Math.log(sum);
            assertThat(Math.abs(logProbability - expected.get(i).asDouble()))
                    .as("position %s, token %d: %s", position, i, logProbability)
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }
}
