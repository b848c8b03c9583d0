package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.Golden;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Every checkpoint gives the reference's tokens and text over HTTP too. */
class GoldenIT {

    @ParameterizedTest
    @MethodSource("dev.kaya.engine.Goldens#checkpoints")
    void answersWithTheTokensOfTheReference(Path checkpoint, Path golden) throws IOException {
        try (RunningServer server =
                RunningServer.start(
                        "kaya.checkpoint=" + checkpoint, "logging.level.dev.kaya.access=off")) {
            Client client = server.client();
            client.awaitIdle();
            for (Golden expected : Golden.read(golden)) {
                ObjectNode request = JsonMapper.shared().createObjectNode();
                String prompt = expected.prompt();
                if (prompt == null) {
                    request.putPOJO("prompt_token_ids", expected.promptIds());
                } else {
                    request.put("prompt", prompt);
                    assertThat(tokenized(client, prompt)).isEqualTo(withoutBos(client, expected));
                }
                request.put("temperature", 0);
                request.put("ignore_eos", true);
                request.put("context_overflow", "slide");
                request.put("max_new_tokens", Math.max(1, expected.greedyIds().length));

                JsonNode answer = client.generated(request.toString());

                assertThat(answer.get("usage").get("prompt_tokens").intValue())
                        .isEqualTo(expected.promptIds().length);
                if (expected.greedyIds().length > 0) {
                    JsonNode output = answer.get("outputs").get(0);
                    assertThat(ids(output.get("token_ids"))).isEqualTo(list(expected.greedyIds()));
                    String text = expected.greedyText();
                    if (text != null) { // microgpt's script shows its BOS as a bar
                        assertThat(output.get("text").stringValue())
                                .isEqualTo(
                                        checkpoint.endsWith("names")
                                                ? text.replace("|", "")
                                                : text);
                    }
                }
            }
        }
    }

    private static List<Integer> tokenized(Client client, String text) {
        String body = JsonMapper.shared().createObjectNode().put("text", text).toString();
        return ids(client.post("/v1/tokenize", body).json().get("token_ids"));
    }

    private static List<Integer> withoutBos(Client client, Golden golden) {
        String id = client.get("/v1/models").json().get("data").get(0).get("id").stringValue();
        boolean addsBos = client.get("/v1/models/" + id).json().get("adds_bos").booleanValue();
        int[] ids = golden.promptIds();
        return list(addsBos ? Arrays.copyOfRange(ids, 1, ids.length) : ids);
    }

    private static List<Integer> ids(JsonNode array) {
        List<Integer> ids = new ArrayList<>();
        array.forEach(id -> ids.add(id.intValue()));
        return ids;
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
