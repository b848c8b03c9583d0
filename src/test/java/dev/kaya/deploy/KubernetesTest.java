package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.config.KayaProperties;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The manifest fits the image and the server's configuration. */
class KubernetesTest {

    private final List<JsonNode> objects = new ArrayList<>();
    private JsonNode pod;
    private JsonNode container;

    @BeforeEach
    void read() throws IOException {
        Path file = ShippedFiles.PROJECT.resolve("deploy/kubernetes/kaya.yaml");
        try (Reader reader = Files.newBufferedReader(file)) {
            new Yaml(new SafeConstructor(new LoaderOptions()))
                    .loadAll(reader)
                    .forEach(loaded -> objects.add(JsonMapper.shared().valueToTree(loaded)));
        }
        pod = objects.getFirst().at("/spec/template/spec");
        container = pod.at("/containers/0");
    }

    private String variable(String name) {
        return container
                .get("env")
                .valueStream()
                .filter(variable -> variable.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow()
                .get("value")
                .asString();
    }

    private int port(String name) {
        return container
                .get("ports")
                .valueStream()
                .filter(port -> port.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow()
                .get("containerPort")
                .asInt();
    }

    @Test
    void selectsTheServersThatItDeploys() {
        assertThat(objects.stream().map(object -> object.get("kind").asString()))
                .containsExactly("Deployment", "Service");
        JsonNode labels = objects.getFirst().at("/spec/template/metadata/labels");
        assertThat(objects.getFirst().at("/spec/selector/matchLabels")).isEqualTo(labels);
        assertThat(objects.get(1).at("/spec/selector")).isEqualTo(labels);
        assertThat(objects.get(1).at("/spec/ports/0/targetPort").asString()).isEqualTo("http");
    }

    @Test
    void portsAreThoseOfTheImageAndOfTheManagement() throws IOException {
        assertThat(port("http"))
                .isEqualTo(Integer.parseInt(ShippedFiles.dockerfile().image().last("EXPOSE")));
        assertThat(variable("MANAGEMENT_SERVER_PORT"))
                .isEqualTo(Integer.toString(port("management")))
                .isEqualTo(
                        objects.getFirst()
                                .at("/spec/template/metadata/annotations")
                                .get("prometheus.io/port")
                                .asString());
    }

    @Test
    void probesAskWhatTheServerAnswers() {
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            JsonNode get = container.at("/" + probe + "/httpGet");
            String kind = probe.startsWith("liveness") ? "liveness" : "readiness";
            assertThat(get.get("path").asString()).isEqualTo("/actuator/health/" + kind);
            assertThat(get.get("port").asString()).isEqualTo("management");
        }
    }

    @Test
    void runsAsTheUserOfTheImageAndIsConfined() throws IOException {
        JsonNode user = pod.get("securityContext");
        assertThat(user.get("runAsUser").asString() + ":" + user.get("runAsGroup").asString())
                .isEqualTo(ShippedFiles.dockerfile().image().last("USER"));
        assertThat(user.get("runAsNonRoot").asBoolean()).isTrue();
        JsonNode confined = container.get("securityContext");
        assertThat(confined.get("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(confined.get("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(confined.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
        assertThat(container.at("/volumeMounts/0/mountPath").asString()).isEqualTo("/tmp");
    }

    /** Threads spin: there must be a whole processor for each, and for no more. */
    @Test
    void threadsAreTheProcessorsOfTheLimit() {
        JsonNode resources = container.get("resources");

        assertThat(resources.get("requests")).isEqualTo(resources.get("limits"));
        assertThat(resources.at("/limits/cpu").asString())
                .matches("[1-9]\\d*")
                .isEqualTo(variable("KAYA_THREADS"));
    }

    @Test
    void waitsLongerThanTheServerDrains() {
        Duration drain =
                new Binder(new MapConfigurationPropertySource())
                        .bindOrCreate("kaya", KayaProperties.class)
                        .drainTimeout();

        assertThat(Duration.ofSeconds(pod.get("terminationGracePeriodSeconds").asLong()))
                .isGreaterThan(drain.plusSeconds(5));
    }
}
