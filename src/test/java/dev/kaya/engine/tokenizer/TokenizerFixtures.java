package dev.kaya.engine.tokenizer;

import dev.kaya.engine.tokenizer.read.TokenizerConfig;
import dev.kaya.engine.tokenizer.read.TokenizerJson;
import dev.kaya.engine.tokenizer.read.VocabularyFiles;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tokenizers and golden files under {@code src/test/resources/tokenizer}. */
public final class TokenizerFixtures {

    private TokenizerFixtures() {}

    /** A text and its ids, from a golden file. */
    record Golden(String text, List<Integer> ids) {

        int[] idArray() {
            return ids.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    public static Path folder(String name) {
        var resource = TokenizerFixtures.class.getResource("/tokenizer/" + name);
        try {
            return Path.of(Objects.requireNonNull(resource, name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Tokenizer tokenizer(String name) {
        try {
            Path folder = folder(name);
            Path json = folder.resolve("tokenizer.json");
            return Files.exists(json)
                    ? TokenizerJson.read(json)
                    : VocabularyFiles.readByteLevelBpe(
                            folder.resolve("vocab.json"),
                            folder.resolve("merges.txt"),
                            TokenizerConfig.none());
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** The prompts of a golden file with one case or with many. */
    static List<Golden> prompts(String name) {
        JsonNode golden = JsonMapper.shared().readTree(folder(name).resolve("golden.json"));
        var prompts = new ArrayList<Golden>();
        if (golden.has("cases")) {
            golden.get("cases").forEach(node -> prompts.add(prompt(node)));
        } else {
            prompts.add(prompt(golden));
        }
        return prompts;
    }

    private static Golden prompt(JsonNode node) {
        var tokenIds = new ArrayList<Integer>();
        node.get("prompt_token_ids").forEach(id -> tokenIds.add(id.asInt()));
        return new Golden(node.get("prompt").asString(), tokenIds);
    }
}
