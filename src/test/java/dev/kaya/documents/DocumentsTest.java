package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.Golden;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

/** What documents name is there, and every block is one that is checked. */
class DocumentsTest {

    private static final int LONGEST_README = 180;

    /** Keys of the JVM's command line, which are no configuration. */
    private static final Set<String> SYSTEM_PROPERTIES = Set.of("kaya.asks-ahead", "kaya.jar");

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Document.read(Path.of("README.md")).lines())
                .hasSizeLessThanOrEqualTo(LONGEST_README);
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        for (Document document : Document.all()) {
            for (String link : document.links()) {
                if (link.startsWith("https://")) {
                    continue;
                }
                String[] parts = link.split("#", 2);
                Path target =
                        parts[0].isEmpty()
                                ? document.path()
                                : Path.of("")
                                        .toAbsolutePath()
                                        .resolve(document.path())
                                        .resolveSibling(parts[0])
                                        .normalize();
                assertThat(target).as("%s: %s", document.path(), link).exists();
                if (parts.length > 1) {
                    assertThat(Document.read(target).anchors())
                            .as("%s: %s", document.path(), link)
                            .contains(parts[1]);
                }
            }
        }
    }

    @Test
    void everyDocumentIsLinkedTo() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (Document document : Document.all()) {
            if (!document.path().equals(Path.of("README.md"))) {
                assertThat(readme).contains("](" + document.path() + ")");
            }
        }
    }

    /** Those of {@code console} are run by {@code DocumentsIT}. */
    @Test
    void everyBlockIsChecked() throws IOException {
        var rules = new ShellRules();
        for (Document document : Document.all()) {
            for (Document.Block block : document.blocks()) {
                switch (block.language()) {
                    case "console" -> assertThat(Transcript.of(block)).isNotEmpty();
                    case "shell" ->
                            ShellRules.commands(block)
                                    .forEach(words -> rules.check(block.place(), words));
                    case "json" ->
                            assertThat(JsonMapper.shared().readTree(block.text()).isObject())
                                    .as(block.place())
                                    .isTrue();
                    case "yaml" ->
                            assertThat(
                                            new Yaml(new SafeConstructor(new LoaderOptions()))
                                                    .<Object>load(new StringReader(block.text())))
                                    .as(block.place())
                                    .isNotNull();
                    case "text" -> assertThat(block.text()).as(block.place()).contains("▲");
                    default -> throw new AssertionError(block.place() + ": " + block.language());
                }
            }
        }
    }

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        Set<String> tests = new ShellRules().tests();
        for (Document document : Document.all()) {
            List<String> named =
                    document.inlineCode().stream()
                            .filter(code -> code.matches("[A-Z]\\w+(Test|IT|Benchmark)"))
                            .filter(code -> !code.startsWith("Foo"))
                            .toList();
            assertThat(tests).as(document.path().toString()).containsAll(named);
        }
    }

    @Test
    void everyKeyThatIsNamedIsThere() throws IOException {
        Set<String> keys = ConfigurationKeys.all();
        for (Document document : Document.all()) {
            for (String code : document.inlineCode()) {
                String name = code.replaceFirst("^-{1,2}D?", "").split("=", 2)[0];
                if (name.matches("kaya\\.[a-z.-]+")
                        && !name.matches("kaya\\.(jar|jsa|cdx\\.json)")) {
                    assertThat(keys.contains(name) || SYSTEM_PROPERTIES.contains(name))
                            .as("%s: %s", document.path(), code)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void everyVariableThatIsNamedIsThere() throws IOException {
        Set<String> variables = ConfigurationKeys.variables();
        String compose = Files.readString(Path.of("docker-compose.yml"));
        for (Document document : Document.all()) {
            for (String code : document.inlineCode()) {
                String name = code.split("=", 2)[0];
                if (name.matches("KAYA_[A-Z_]+")) {
                    assertThat(variables.contains(name) || compose.contains("${" + name))
                            .as("%s: %s", document.path(), code)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void noAnswerIsLeftOpen() throws IOException {
        for (Document document : Document.all()) {
            assertThat(document.lines()).as(document.path().toString()).doesNotContain("?");
        }
    }

    /** The map of names that a document builds gives the logits of the model's reference. */
    @Test
    void theModelOfOnesOwnIsTheReference(@TempDir Path folder) throws IOException {
        OwnModel.write(folder);
        List<Document.Block> configurations =
                Document.docs("checkpoints").blocks().stream()
                        .filter(block -> block.language().equals("json"))
                        .toList();
        assertThat(configurations).hasSize(1);
        Files.writeString(folder.resolve("config.json"), configurations.getFirst().text());

        LoadedModel model = ModelLoader.load(folder);

        Golden golden = Golden.read(OwnModel.FIXTURE.resolve("golden.json")).getFirst();
        try (var decoder = new TestDecoder(model)) {
            float[] logits = decoder.lastLogits(golden.promptIds());
            for (int i = 0; i < golden.lastLogits().length; i++) {
                assertThat(logits[i])
                        .as("logit %d", i)
                        .isCloseTo(golden.lastLogits()[i], within(1e-4f));
            }
            assertThat(decoder.greedy(golden.promptIds(), golden.greedyIds().length))
                    .isEqualTo(golden.greedyIds());
        }
    }
}
