package dev.kaya.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One case of a {@code golden.json}, as PyTorch wrote it.
 *
 * @param prompt the text, or null where only ids are given
 * @param promptIds its tokens, BOS included
 * @param greedyIds the likeliest continuation, EOS not stopping, the context sliding
 * @param greedyText its text; null where it is not given
 * @param lastLogits the first elements of the logits after the prompt
 * @param firstLogits the first elements of the logits after its first token; empty if not given
 */
public record Golden(
        @Nullable String prompt,
        int[] promptIds,
        int[] greedyIds,
        @Nullable String greedyText,
        float[] lastLogits,
        float[] firstLogits) {

    /** All cases of a file. */
    public static List<Golden> read(Path file) throws IOException {
        JsonNode root = JsonMapper.shared().readTree(Files.readString(file));
        List<Golden> cases = new ArrayList<>();
        if (root.has("cases")) {
            root.get("cases").forEach(node -> cases.add(of(node)));
        } else {
            cases.add(of(root));
        }
        return cases;
    }

    private static Golden of(JsonNode node) {
        String prompt = node.get("prompt").asString();
        JsonNode last =
                node.has("last_prompt_position_logits")
                        ? node.get("last_prompt_position_logits")
                        : node.get("last_prompt_position_logits_first_32");
        return new Golden(
                prompt.equals("long") ? null : prompt,
                ints(node.get("prompt_token_ids")),
                ints(node.get("greedy_token_ids")),
                node.has("greedy_text") ? node.get("greedy_text").asString() : null,
                floats(last),
                floats(node.get("first_prompt_position_logits")));
    }

    private static int[] ints(@Nullable JsonNode array) {
        if (array == null) {
            return new int[0];
        }
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    private static float[] floats(@Nullable JsonNode array) {
        if (array == null) {
            return new float[0];
        }
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }
}
