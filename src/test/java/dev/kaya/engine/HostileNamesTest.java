package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.dialect.WeightRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Valid files with any names are explained or refused in sentences, never in Java's own words. */
class HostileNamesTest {

    /** What Java's exceptions say where nobody wrote a text. */
    private static final Pattern RAW =
            Pattern.compile(
                    "out of bounds|Exception|Cannot invoke|cannot be cast|For input string|overflow"
                            + "|Index |null|No value present|length [0-9]+$|\\p{Cntrl}");

    private static final List<String> SEGMENTS =
            List.of(
                    "",
                    "0",
                    "1",
                    "12",
                    "007",
                    "99999999999999999999",
                    "-1",
                    "attn",
                    "layers",
                    "h",
                    "blocks",
                    "heads",
                    "head",
                    "blk",
                    "model",
                    "module",
                    "_orig_mod",
                    "transformer",
                    "weight",
                    "bias",
                    "wte",
                    "wpe",
                    "query",
                    "sa",
                    "c_attn",
                    "layer0",
                    "layer",
                    "{layer}",
                    "{head}",
                    "é",
                    "\n",
                    "\u001b[31m",
                    "a b",
                    "\"",
                    "\\",
                    "…",
                    "\ud83d\ude00",
                    "norm",
                    "lm_head",
                    "self_attn",
                    "q_proj",
                    "embed_tokens");

    private static final int FILES = 400;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attn.0",
                "layers.0",
                "a..b",
                "..",
                ".",
                "a.",
                ".a",
                "0",
                "x.0.",
                "blk.0.",
                "h.0",
                "a.0.b",
                "",
                "model.layers.0",
                "é.0",
                "heads.0",
                "0.0",
                "layers.0.heads.0",
                "\n.0"
            })
    void oneTensorOfThatName(String name) throws IOException {
        assertExplained(Set.of(name));
    }

    @Test
    void aNameAsLongAsABookIsShortened() throws IOException {
        assertExplained(Set.of("x".repeat(49_000) + ".0"));
        assertExplained(Set.of("blocks.0." + "x.".repeat(24_000)));
        Path file = folder.resolve("model.safetensors");
        Files.write(file, safetensors(Set.of("x".repeat(50_001))));
        assertThatThrownBy(() -> Inspection.of(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageEndingWith(
                        "malformed JSON: Name length (50001) exceeds the maximum allowed (50000)");
    }

    @Test
    void randomNames() throws IOException {
        var random = new Random(25);
        for (int file = 0; file < FILES; file++) {
            Set<String> names = new LinkedHashSet<>();
            int count = 1 + random.nextInt(8);
            for (int i = 0; i < count; i++) {
                names.add(name(random));
            }
            assertExplained(names);
        }
    }

    /** Names of a dialect, one of them spoilt: what comes near it is compared with it. */
    @Test
    void namesThatAreNearlyThoseOfADialect() throws IOException {
        var random = new Random(7);
        for (Dialect dialect : Dialects.ALL) {
            Set<String> names = new LinkedHashSet<>();
            for (WeightRole role : dialect.names().keySet()) {
                String key = dialect.key(role, random.nextInt(3));
                names.add(random.nextInt(6) == 0 ? key + "." + name(random) : key);
            }
            assertExplained(names);
        }
    }

    private static String name(Random random) {
        var name = new StringJoiner(".");
        int segments = 1 + random.nextInt(6);
        for (int i = 0; i < segments; i++) {
            name.add(SEGMENTS.get(random.nextInt(SEGMENTS.size())));
        }
        return name.toString();
    }

    private void assertExplained(Set<String> names) throws IOException {
        Path file = folder.resolve("model.safetensors");
        Files.write(file, safetensors(names));
        Inspection inspection = Inspection.of(file);
        assertThat(inspection.problems()).as("%s", names).isNotEmpty();
        for (String problem : inspection.problems()) {
            assertSentence(names, problem.replace(folder.toString(), ""));
        }
        if (inspection.guess() != null) {
            // What is shown to begin with is JSON, whatever the names are.
            assertThat(JsonMapper.shared().readTree(inspection.guess().map()).has("kaya")).isTrue();
        }
        assertThatThrownBy(() -> ModelLoader.load(file))
                .as("%s", names)
                .isInstanceOf(MalformedCheckpointException.class);
    }

    private static void assertSentence(Set<String> names, String text) {
        assertThat(text).as("%s", names).hasSizeLessThan(3000);
        String ours = text;
        for (String name : names) {
            ours = name.isEmpty() ? ours : ours.replace(name, "");
        }
        assertThat(RAW.matcher(ours).find()).as(text).isFalse();
    }

    /** Every tensor is two by two and zero. */
    private static byte[] safetensors(Set<String> names) throws IOException {
        var entries = new StringJoiner(",", "{", "}");
        int at = 0;
        for (String name : names) {
            entries.add(
                    "%s: {\"dtype\": \"F32\", \"shape\": [2, 2], \"data_offsets\": [%d, %d]}"
                            .formatted(JsonMapper.shared().writeValueAsString(name), at, at + 16));
            at += 16;
        }
        byte[] header = entries.toString().getBytes(StandardCharsets.UTF_8);
        var bytes = new ByteArrayOutputStream();
        bytes.write(
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .array());
        bytes.write(header);
        bytes.write(new byte[at]);
        return bytes.toByteArray();
    }
}
