package dev.kaya.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.service.fault.NearestWord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class UnknownKeysTest {

    private final UnknownKeys unknown = new UnknownKeys();
    private final StandardEnvironment environment = new StandardEnvironment();

    private Set<String> warnings() {
        ConfigurationPropertySources.attach(environment);
        return unknown.warnings(environment);
    }

    /** The sources, without those of the JVM that runs this test. */
    private MutablePropertySources emptied() {
        var sources = environment.getPropertySources();
        List.copyOf(sources.stream().toList()).forEach(source -> sources.remove(source.getName()));
        return sources;
    }

    private Set<String> ofArguments(String... arguments) {
        var sources = emptied();
        sources.addFirst(new SimpleCommandLinePropertySource(arguments));
        return warnings();
    }

    private Set<String> ofVariables(String... names) {
        Map<String, Object> variables = new LinkedHashMap<>();
        for (String name : names) {
            variables.put(name, "1");
        }
        emptied()
                .addFirst(
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                variables));
        return warnings();
    }

    @Test
    void knowsTheKeysOfTheProperties() {
        assertThat(unknown.keys())
                .contains(
                        "kaya.checkpoint",
                        "kaya.max-sequences",
                        "kaya.limits.max-new-tokens",
                        "kaya.limits.n",
                        "kaya.defaults.top-p",
                        "kaya.asks-ahead")
                .doesNotContain("kaya.limits", "kaya.defaults");
    }

    @Test
    void knowsEveryKeyHoweverItIsSpelled() {
        for (String key : unknown.keys()) {
            assertThat(ofArguments("--" + key + "=1")).as(key).isEmpty();
            String variable = key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
            assertThat(ofVariables(variable)).as(variable).isEmpty();
            String bare = key.replace('.', '_').replace("-", "").toUpperCase(Locale.ROOT);
            assertThat(ofVariables(bare)).as(bare).isEmpty();
        }
        assertThat(ofArguments("--kaya.maxSequences=1", "--kaya.limits.max_new_tokens=1"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "kaya.chekpoint, kaya.checkpoint",
        "kaya.max-sequence, kaya.max-sequences",
        "kaya.limits.max-tokens, kaya.limits.max-new-tokens",
        "kaya.slow-client-time-out-ms, kaya.slow-client-timeout",
        "kaya.limit.n, kaya.limits.n",
        "kaya.body-size, kaya.limits.body-size"
    })
    void namesTheNearest(String given, String nearest) {
        assertThat(ofArguments("--" + given + "=1"))
                .containsExactly(
                        "nothing reads %s (\"%s\" from property source \"commandLineArgs\"); is %s meant?"
                                .formatted(given, given, nearest));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kaya.colour", "kaya.defaults", "kaya.x.y.z"})
    void namesNoneWhereNoneIsNear(String given) {
        assertThat(ofArguments("--" + given + "=1"))
                .singleElement()
                .asString()
                .startsWith("nothing reads " + given + " (")
                .endsWith("); docs/configuration.md lists all keys");
    }

    @Test
    void saysWhichVariableItWas() {
        assertThat(ofVariables("KAYA_MAX_SEQUENCE", "KAYA_MAX_SEQUENCES", "PATH", "KAYAK"))
                .containsExactly(
                        "nothing reads kaya.max.sequence (\"KAYA_MAX_SEQUENCE\" from property"
                                + " source \"systemEnvironment\"); is kaya.max-sequences meant?");
    }

    @Test
    void passesOverWhatKubernetesSetsForAServiceNamedKaya() {
        assertThat(
                        ofVariables(
                                "KAYA_SERVICE_HOST",
                                "KAYA_SERVICE_PORT",
                                "KAYA_SERVICE_PORT_HTTP",
                                "KAYA_PORT",
                                "KAYA_PORT_8080_TCP",
                                "KAYA_PORT_8080_TCP_ADDR",
                                "KAYA_PORT_8080_TCP_PORT",
                                "KAYA_PORT_8080_TCP_PROTO"))
                .isEmpty();
        assertThat(ofArguments("--kaya.port=80")).hasSize(1);
    }

    @Test
    void looksIntoEverySource() {
        var sources = emptied();
        sources.addLast(new MapPropertySource("a file", Map.of("kaya.thread", 2)));
        sources.addFirst(new SimpleCommandLinePropertySource("--kaya.weight=q8"));
        assertThat(warnings())
                .hasSize(2)
                .first()
                .asString()
                .contains("kaya.thread", "a file", "kaya.threads");
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "a, '', 1",
        "'', abc, 3",
        "kitten, sitting, 3",
        "saturday, sunday, 3",
        "abc, abc, 0"
    })
    void countsLettersThatDiffer(String one, String other, int distance) {
        assertThat(NearestWord.distance(one, other)).isEqualTo(distance);
    }
}
