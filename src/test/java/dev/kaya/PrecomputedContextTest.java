package dev.kaya;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;

class PrecomputedContextTest {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^:}]+)");

    private static boolean mayBeUsed(String... arguments) {
        return PrecomputedContext.mayBeUsed(arguments, new Properties(), Map.of());
    }

    @Test
    void isUsedWhereOnlyKayaAndTheServerAreConfigured() {
        assertThat(mayBeUsed()).isTrue();
        assertThat(mayBeUsed("--kaya.checkpoint=mine", "--server.port=9000")).isTrue();
        assertThat(
                        PrecomputedContext.mayBeUsed(
                                new String[] {}, new Properties(), Map.of("KAYA_THREADS", "1")))
                .isTrue();
    }

    @Test
    void isLeftWhereAnArgumentCouldDecideOtherwise() {
        assertThat(mayBeUsed("--management.server.port=9001")).isFalse();
        assertThat(mayBeUsed("--spring.threads.virtual.enabled=false")).isFalse();
        assertThat(mayBeUsed("--kaya.threads=1", "--springdoc.api-docs.enabled=false")).isFalse();
    }

    @Test
    void isLeftWhereASystemPropertyOrTheEnvironmentCould() {
        var properties = new Properties();
        properties.setProperty("spring.aot.enabled", "false");
        assertThat(PrecomputedContext.mayBeUsed(new String[] {}, properties, Map.of())).isFalse();
        assertThat(
                        PrecomputedContext.mayBeUsed(
                                new String[] {},
                                new Properties(),
                                Map.of("MANAGEMENT_SERVER_PORT", "9001")))
                .isFalse();
    }

    @Test
    void isLeftWhereTheServerIsGivenWhatAddsBeans() {
        assertThat(mayBeUsed("--server.forward-headers-strategy=framework")).isFalse();
        assertThat(mayBeUsed("--server.forwardHeadersStrategy=framework")).isFalse();
        assertThat(mayBeUsed("--SERVER.forward-headers-strategy=framework")).isFalse();
        assertThat(mayBeUsed("--server.servlet.encoding.charset=ISO-8859-1")).isFalse();
        assertThat(mayBeUsed("--server.compression.enabled=true")).isFalse();
        assertThat(mayBeUsed("--server.http2.enabled=true")).isFalse();
        assertThat(withVariable("SERVER_FORWARD_HEADERS_STRATEGY")).isFalse();
        assertThat(withVariable("server.forward-headers-strategy")).isFalse();
        assertThat(withVariable("SPRING_APPLICATION_JSON")).isFalse();
        assertThat(withVariable("VCAP_APPLICATION")).isFalse();
    }

    @Test
    void isUsedWhereThatIsHarmless() {
        assertThat(mayBeUsed("--server.tomcat.max-connections=5", "--server.address=::1")).isTrue();
        assertThat(mayBeUsed("--logging.level.root=debug", "--debug", "server.ssl", "x")).isTrue();
        assertThat(withVariable("SERVER_PORT")).isTrue();
        assertThat(withVariable("SERVER_TOMCAT_CONNECTION_TIMEOUT")).isTrue();
        assertThat(withVariable("SERVERLESS_STAGE")).isTrue();
        assertThat(withVariable("SPRINGFIELD")).isTrue();
        assertThat(withVariable("KUBERNETES_SERVICE_HOST")).isTrue();
    }

    private static boolean withVariable(String name) {
        return PrecomputedContext.mayBeUsed(new String[] {}, new Properties(), Map.of(name, "1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application.properties",
                "application-mine.yml",
                "config/application.yaml",
                "config/mine/application.properties"
            })
    void findsAConfigFile(String file, @TempDir Path folder) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.createFile(path);
        assertThat(PrecomputedContext.hasConfigFile(folder.toFile())).isTrue();
    }

    @Test
    void findsNoConfigFile(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("config/mine"));
        Files.createDirectories(folder.resolve("mine"));
        Files.createFile(folder.resolve("mine/application.properties"));
        Files.createFile(folder.resolve("config/mine/other.properties"));
        assertThat(PrecomputedContext.hasConfigFile(folder.toFile())).isFalse();
    }

    /** Every key that a condition of a library asks for decides; the harmless ones do not. */
    @Test
    void knowsTheKeysOfAllConditions() throws IOException {
        Set<String> keys = new TreeSet<>();
        for (String packages : List.of("org/springframework/boot", "org/springdoc")) {
            for (Resource resource :
                    new PathMatchingResourcePatternResolver()
                            .getResources("classpath*:" + packages + "/**/*Configuration*.class")) {
                collectKeys(
                        new SimpleMetadataReaderFactory()
                                .getMetadataReader(resource)
                                .getAnnotationMetadata(),
                        keys);
            }
        }
        assertThat(keys)
                .hasSizeGreaterThan(20)
                .contains("server.forward-headers-strategy", "spring.aop.auto")
                .allMatch(PrecomputedContext::decides);
    }

    private static void collectKeys(AnnotationMetadata type, Set<String> keys) {
        List<AnnotatedTypeMetadata> annotated = new ArrayList<>(type.getDeclaredMethods());
        annotated.add(type);
        for (AnnotatedTypeMetadata each : annotated) {
            for (Class<? extends Annotation> condition :
                    List.of(ConditionalOnProperty.class, ConditionalOnBooleanProperty.class)) {
                each.getAnnotations().stream(condition).forEach(found -> addKeys(found, keys));
            }
            each.getAnnotations().stream(ConditionalOnExpression.class)
                    .forEach(found -> addPlaceholders(found.getString("value"), keys));
        }
    }

    private static void addKeys(MergedAnnotation<?> condition, Set<String> keys) {
        String prefix = condition.getString("prefix");
        for (String attribute : List.of("name", "value")) {
            for (String name : condition.getStringArray(attribute)) {
                keys.add(
                        prefix.isEmpty() || prefix.endsWith(".")
                                ? prefix + name
                                : prefix + "." + name);
            }
        }
    }

    private static void addPlaceholders(String expression, Set<String> keys) {
        PLACEHOLDER.matcher(expression).results().forEach(match -> keys.add(match.group(1)));
    }
}
