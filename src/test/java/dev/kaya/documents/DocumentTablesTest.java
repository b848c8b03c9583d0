package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.dialect.WeightRole;
import dev.kaya.engine.settings.ConfigValues.Setting;
import dev.kaya.scheduler.FinishReason;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tables of the documents have what the code has: nothing is missing, and nothing is invented. */
class DocumentTablesTest {

    private static final Path MAIN = Path.of("src/main/java/dev/kaya");
    private static final Pattern WORDS = Pattern.compile("\"([a-z]+(?:_[a-z0-9]+)+)\"");
    private static final Pattern JSON_NAME = Pattern.compile("@JsonProperty\\(\\s*\"(\\w+)\"");

    /** Words of the wire that look like codes and are values or names of fields. */
    private static final Set<String> OTHER_WORDS =
            Set.of("json_object", "json_schema", "text_completion", "embedding_norm");

    @Test
    void everyKeyOfTheConfigurationStandsWithItsDefault() throws IOException {
        List<List<String>> rows = Document.docs("configuration").table("key", "default", "meaning");
        Map<String, @Nullable String> defaults = ConfigurationKeys.defaults();

        assertThat(Document.codes(rows, 0)).containsExactlyInAnyOrderElementsOf(defaults.keySet());
        for (List<String> row : rows) {
            String value = defaults.get(row.getFirst().replace("`", ""));
            if (value != null) {
                assertThat(row.get(1)).as(row.getFirst()).isEqualTo("`" + value + "`");
            }
        }
    }

    @Test
    void keysOfSpringStandWithTheValuesThatKayaGivesThem() throws IOException {
        var application = new Properties();
        try (var reader =
                Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            application.load(reader);
        }
        int given = 0;
        for (List<String> row :
                Document.docs("configuration").table("key", "Kaya's value", "meaning")) {
            String value = application.getProperty(row.getFirst().replace("`", ""));
            if (value != null) {
                assertThat(row.get(1)).as(row.getFirst()).isEqualTo("`" + value + "`");
                given++;
            }
        }
        assertThat(given).isEqualTo(5);
    }

    @Test
    void everyRoleOfATensorIsNamed() throws IOException {
        List<List<String>> rows =
                Document.docs("checkpoints")
                        .table("roles of the whole model", "roles of each block");

        assertThat(Document.codes(rows, 0)).containsExactlyElementsOf(labels(false));
        assertThat(Document.codes(rows, 1)).containsExactlyElementsOf(labels(true));
    }

    private static List<String> labels(boolean perLayer) {
        return Arrays.stream(WeightRole.values())
                .filter(role -> role.perLayer() == perLayer)
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void everyNameOfASettingIsListed() throws IOException, IllegalAccessException {
        Set<String> names = new TreeSet<>();
        for (var field : Setting.class.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers()) && field.getType() == Setting.class) {
                names.addAll(((Setting) field.get(null)).names());
            }
        }

        assertThat(Document.codes(Document.docs("checkpoints").table("setting", "names"), 1))
                .containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void everyPackageHasItsJob() throws IOException {
        Set<String> packages = new HashSet<>();
        try (Stream<Path> files = Files.walk(MAIN)) {
            files.filter(file -> file.endsWith("package-info.java"))
                    .map(file -> MAIN.relativize(file.getParent()).toString().replace('/', '.'))
                    .forEach(name -> packages.add(name.isEmpty() ? "dev.kaya" : name));
        }

        assertThat(Document.codes(Document.docs("architecture").table("package", "its job"), 0))
                .containsExactlyInAnyOrderElementsOf(packages);
    }

    @Test
    void everyWayToEndIsListed() throws IOException {
        List<List<String>> rows =
                Document.docs("api").table("`finish_reason`", "the text ended because");

        assertThat(Document.codes(rows, 0))
                .containsExactlyElementsOf(
                        Arrays.stream(FinishReason.values()).map(FinishReason::wireName).toList());
    }

    /** A code is a text of the rooms that answer requests. */
    @Test
    void everyCodeOfAnErrorIsListed() throws IOException {
        List<String> codes =
                Document.codes(Document.docs("api").table("code", "status", "meaning"), 0);
        String sources = sources("api", "service", "scheduler", "registry", "backend");
        Set<String> fields = new TreeSet<>();
        JSON_NAME.matcher(sources).results().forEach(match -> fields.add(match.group(1)));

        for (String code : codes) {
            assertThat(sources).as(code).contains("\"" + code + "\"");
        }
        Set<String> unlisted = new TreeSet<>();
        Matcher word = WORDS.matcher(sources);
        while (word.find()) {
            unlisted.add(word.group(1));
        }
        unlisted.removeAll(fields);
        unlisted.removeAll(OTHER_WORDS);
        codes.forEach(unlisted::remove);
        assertThat(unlisted).as("codes without a row, or words to be told from codes").isEmpty();
    }

    private static String sources(String... rooms) throws IOException {
        var text = new StringBuilder();
        for (String room : rooms) {
            try (Stream<Path> files = Files.walk(MAIN.resolve(room))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    text.append(Files.readString(file));
                }
            }
        }
        return text.toString();
    }

    @Test
    void everyAlertHasItsAction() throws IOException {
        List<String> alerts = new ArrayList<>();
        Pattern.compile("- alert: (\\w+)")
                .matcher(Files.readString(Path.of("deploy/prometheus/rules.yml")))
                .results()
                .forEach(match -> alerts.add(match.group(1)));

        assertThat(Document.codes(Document.docs("operations").table("alert", "action"), 0))
                .containsExactlyElementsOf(alerts);
    }
}
