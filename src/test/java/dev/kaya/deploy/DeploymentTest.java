package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.config.KayaProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/** The shipped files fit each other and the repository. */
class DeploymentTest {

    private static final Path PROJECT = ShippedFiles.PROJECT;
    private static final Pattern VERSION =
            Pattern.compile("<artifactId>kaya</artifactId>\\s*<version>([^<]+)</version>");
    private static final Pattern DEFAULT = Pattern.compile("\\$\\{\\w+:-([^}]*)}");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

    @Test
    void everyCopiedFileIsInTheRepositoryAndInTheBuildContext() throws IOException {
        List<String> allowed =
                Files.readAllLines(PROJECT.resolve(".dockerignore")).stream()
                        .filter(line -> line.startsWith("!"))
                        .map(line -> line.substring(1))
                        .toList();
        List<String> sources =
                ShippedFiles.dockerfile().stages().stream()
                        .flatMap(stage -> stage.copies().stream())
                        .filter(copy -> copy.from() == null)
                        .flatMap(copy -> copy.sources().stream())
                        .toList();

        assertThat(sources).isNotEmpty().allMatch(source -> Files.exists(PROJECT.resolve(source)));
        assertThat(sources)
                .allMatch(source -> allowed.stream().anyMatch(Path.of(source)::startsWith));
    }

    @Test
    void everyCopiedStageExists() throws IOException {
        Dockerfile dockerfile = ShippedFiles.dockerfile();

        assertThat(dockerfile.image().copies().stream().map(Dockerfile.Copy::from).distinct())
                .containsExactlyInAnyOrder(dockerfile.stages().getFirst().name(), null);
    }

    @Test
    void buildsOnAJdkAndRunsOnAJreOfTheProjectsJava() throws IOException {
        assertThat(ShippedFiles.dockerfile().stages().stream().map(Dockerfile.Stage::base))
                .containsExactly("eclipse-temurin:25-jdk", "eclipse-temurin:25-jre");
    }

    @Test
    void runsAsANumberedUserThatIsNotRoot() throws IOException {
        assertThat(ShippedFiles.dockerfile().image().last("USER")).matches("[1-9]\\d*:[1-9]\\d*");
    }

    @Test
    void signalsReachTheJvm() throws IOException {
        List<String> command = ShippedFiles.dockerfile().image().entryPoint();

        assertThat(command.getFirst()).isEqualTo("java");
        assertThat(command).contains("--add-modules=jdk.incubator.vector", "-jar");
    }

    @Test
    void anOperatorsJvmOptionsAreNotOverruled() throws IOException {
        Dockerfile.Stage image = ShippedFiles.dockerfile().image();

        assertThat(image.entryPoint())
                .as("sizes come from JDK_JAVA_OPTIONS, which stand before the command line's")
                .noneMatch(option -> option.contains("RAM") || option.startsWith("-Xm"));
        assertThat(image.pairs("ENV").get("JDK_JAVA_OPTIONS")).contains("-XX:MaxRAMPercentage=");
    }

    @Test
    void theCheckpointOfTheImageLiesInItsVolume() throws IOException {
        Dockerfile.Stage image = ShippedFiles.dockerfile().image();
        String checkpoint = image.pairs("ENV").get("KAYA_CHECKPOINT");

        assertThat(checkpoint).startsWith(image.last("VOLUME") + "/");
        assertThat(image.copies().stream().map(Dockerfile.Copy::destination)).contains(checkpoint);
    }

    /** Whatever else told the version would one day tell another one. */
    @Test
    void theVersionStandsInThePomAlone() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(PROJECT.resolve("pom.xml")));
        assertThat(version.find()).isTrue();

        for (String file :
                List.of(
                        "Dockerfile",
                        "docker-compose.yml",
                        "README.md",
                        "CHANGELOG.md",
                        "docs/operations.md",
                        "deploy/kubernetes/kaya.yaml",
                        "src/main/java/dev/kaya/config/WebConfiguration.java")) {
            assertThat(Files.readString(PROJECT.resolve(file)))
                    .as(file)
                    .doesNotContain(version.group(1));
        }
        assertThat(ShippedFiles.dockerfile().image().pairs("LABEL"))
                .containsEntry("org.opencontainers.image.title", "Kaya");
        assertThat(service("kaya").get("image").asString()).isEqualTo("kaya");
    }

    @Test
    void everyMountedFolderIsInTheRepository() throws IOException {
        List<String> mounts = new ArrayList<>();
        ShippedFiles.compose()
                .get("services")
                .forEach(
                        service ->
                                service.path("volumes").values().stream()
                                        .map(JsonNode::asString)
                                        .filter(mount -> mount.startsWith("."))
                                        .forEach(mounts::add));

        assertThat(mounts)
                .hasSize(4)
                .allMatch(mount -> mount.endsWith(":ro"))
                .allMatch(mount -> Files.isDirectory(PROJECT.resolve(mount.split(":", 2)[0])));
    }

    @Test
    void imagesOfOthersArePinned() throws IOException {
        assertThat(service("prometheus").get("image").asString())
                .matches("prom/prometheus:v\\d+\\.\\d+\\.\\d+");
        assertThat(service("grafana").get("image").asString())
                .matches("grafana/grafana:\\d+\\.\\d+\\.\\d+");
    }

    @Test
    void portsAreOpenToThisMachineOnlyByDefault() throws IOException {
        ShippedFiles.compose()
                .get("services")
                .forEach(
                        service ->
                                assertThat(service.get("ports").values())
                                        .map(port -> withDefaults(port.asString()))
                                        .allMatch(port -> port.startsWith("127.0.0.1:")));
    }

    @Test
    void kayaIsConfined() throws IOException {
        JsonNode kaya = service("kaya");

        assertThat(kaya.get("read_only").asBoolean()).isTrue();
        assertThat(kaya.at("/tmpfs/0").asString()).isEqualTo("/tmp");
        assertThat(kaya.at("/cap_drop/0").asString()).isEqualTo("ALL");
        assertThat(withDefaults(kaya.get("mem_limit").asString())).isEqualTo("1g");
    }

    @Test
    void composeChecksHealthAsTheImageDoes() throws IOException {
        List<String> test =
                service("kaya").at("/healthcheck/test").values().stream()
                        .map(JsonNode::asString)
                        .toList();

        assertThat(test.getFirst()).isEqualTo("CMD");
        assertThat(test.subList(1, test.size()))
                .isEqualTo(ShippedFiles.dockerfile().image().healthCheck());
    }

    @Test
    void composeWaitsLongerThanTheServerDrains() throws IOException {
        var application = new Properties();
        try (var reader =
                Files.newBufferedReader(
                        PROJECT.resolve("src/main/resources/application.properties"))) {
            application.load(reader);
        }
        Duration drain =
                new Binder(new MapConfigurationPropertySource())
                        .bindOrCreate("kaya", KayaProperties.class)
                        .drainTimeout();
        Duration phase =
                DurationStyle.detectAndParse(
                        application.getProperty("spring.lifecycle.timeout-per-shutdown-phase"));

        assertThat(duration(service("kaya").get("stop_grace_period")))
                .isGreaterThan(drain.plus(phase));
    }

    @Test
    void grafanaLetsNobodyInUnasked() throws IOException {
        JsonNode environment = service("grafana").get("environment");

        assertThat(withDefaults(environment.get("GF_AUTH_ANONYMOUS_ENABLED").asString()))
                .isEqualTo("false");
        assertThat(environment.get("GF_USERS_ALLOW_SIGN_UP").asString()).isEqualTo("false");
        assertThat(environment.get("GF_SECURITY_ADMIN_PASSWORD").asString())
                .startsWith("${GRAFANA_ADMIN_PASSWORD");
    }

    @Test
    void prometheusScrapesThePortOfTheImage() throws IOException {
        JsonNode scrape = ShippedFiles.scrapeFile().at("/scrape_configs/0");

        assertThat(scrape.get("metrics_path").asString()).isEqualTo("/actuator/prometheus");
        assertThat(scrape.at("/static_configs/0/targets/0").asString())
                .isEqualTo("kaya:" + ShippedFiles.dockerfile().image().last("EXPOSE"));
    }

    @Test
    void grafanaAsksTheComposedPrometheusAndKnowsItsInterval() throws IOException {
        JsonNode source =
                ShippedFiles.yaml(
                                PROJECT.resolve(
                                        "deploy/grafana/provisioning/datasources/prometheus.yml"))
                        .at("/datasources/0");

        assertThat(source.get("url").asString()).isEqualTo("http://prometheus:9090");
        assertThat(source.at("/jsonData/timeInterval").asString())
                .isEqualTo(ShippedFiles.scrapeFile().at("/global/scrape_interval").asString());
    }

    @Test
    void grafanaFindsTheDashboardWhereComposeMountsIt() throws IOException {
        String path =
                ShippedFiles.yaml(
                                PROJECT.resolve("deploy/grafana/provisioning/dashboards/kaya.yml"))
                        .at("/providers/0/options/path")
                        .asString();
        JsonNode grafana = service("grafana");

        assertThat(grafana.get("volumes").values().stream().map(JsonNode::asString))
                .contains("./deploy/grafana/dashboards:" + path + ":ro");
        assertThat(grafana.at("/environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH").asString())
                .isEqualTo(path + "/kaya.json");
    }

    @Test
    void panelsHaveTheirOwnIdsAndPlaces() throws IOException {
        Set<Integer> ids = new TreeSet<>();
        Set<String> cells = new TreeSet<>();
        for (JsonNode panel : ShippedFiles.dashboard().get("panels")) {
            assertThat(ids.add(panel.get("id").asInt())).as(panel.get("title").asString()).isTrue();
            JsonNode place = panel.get("gridPos");
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
            for (int y = 0; y < place.get("h").asInt(); y++) {
                for (int x = 0; x < place.get("w").asInt(); x++) {
                    String cell = (place.get("x").asInt() + x) + "," + (place.get("y").asInt() + y);
                    assertThat(cells.add(cell)).as("%s at %s", panel.get("title"), cell).isTrue();
                }
            }
        }
    }

    @Test
    void panelsUseOnlyVariablesThatAreDefined() throws IOException {
        Set<String> defined = new TreeSet<>(Set.of("__rate_interval"));
        JsonNode dashboard = ShippedFiles.dashboard();
        dashboard.at("/templating/list").forEach(each -> defined.add(each.get("name").asString()));

        Set<String> used = new TreeSet<>();
        Stream.concat(
                        ShippedFiles.dashboardExpressions().stream(),
                        dashboard.findValuesAsString("uid").stream())
                .flatMap(text -> VARIABLE.matcher(text).results())
                .forEach(variable -> used.add(variable.group(1)));

        assertThat(used).isEqualTo(defined);
    }

    @Test
    void alertsSayWhatTheyMeanAndAreTested() throws IOException {
        String tests = Files.readString(ShippedFiles.PROMETHEUS.resolve("rules_test.yml"));
        for (JsonNode rule : ShippedFiles.rules()) {
            if (rule.has("alert")) {
                String name = rule.get("alert").asString();
                assertThat(rule.at("/labels/severity").asString())
                        .as(name)
                        .matches("warning|critical");
                assertThat(rule.at("/annotations/summary").asString()).as(name).isNotBlank();
                assertThat(rule.at("/annotations/description").asString()).as(name).isNotBlank();
                assertThat(tests).contains("alertname: " + name + "\n");
            } else {
                assertThat(tests).contains(rule.get("record").asString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '#',
            value = {
                "sum by (model, le) (rate(a_b_bucket{model=~\"$model\"}[$__rate_interval])) | a_b_bucket",
                "histogram_quantile(0.95, sum by (le) (rate(t_bucket[5m]))) > 2 | t_bucket",
                "sum(rate(a_sum[5m])) / on (model) sum(rate(a_count[5m])) | a_count,a_sum",
                "up{job=\"kaya\"} == 0 or kaya:x:p95_5m | kaya:x:p95_5m,up"
            })
    void findsTheMetricsOfAnExpression(String expression, String names) {
        assertThat(String.join(",", ShippedFiles.metricNames(expression))).isEqualTo(names);
    }

    private static JsonNode service(String name) throws IOException {
        return ShippedFiles.compose().at("/services/" + name);
    }

    private static String withDefaults(String value) {
        return DEFAULT.matcher(value).replaceAll("$1");
    }

    private static Duration duration(JsonNode seconds) {
        return Duration.parse("PT" + seconds.asString());
    }
}
